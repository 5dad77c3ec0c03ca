# Residual correlation over waves by nlme, robust errors by clubSandwich, small samples by lmerTest and pbkrtest.
# Run in this folder: Rscript serial.R
# Writes serial_cohort.csv and serial_slopes.csv (the data), serial.json (the answers) and SESSION_serial.txt.
# Degrees of freedom of an unstructured covariance, for which these packages have none, are computed in plain R from dense
# matrices: Satterthwaite by numDeriv on the restricted likelihood, Kenward and Roger from the formulas of their paper.
suppressMessages({library(nlme); library(lmerTest); library(pbkrtest); library(clubSandwich); library(jsonlite); library(numDeriv)})

set.seed(20250301)
people <- 60
due <- c(0, 91, 183, 365)
cohort <- do.call(rbind, lapply(seq_len(people), function(i) {
  arm <- c("none", "smart")[1 + i %% 2]
  day <- pmax(0, due + c(0, round(rnorm(3, 5, 12))))
  gap <- as.matrix(dist(day))
  residual <- drop(t(chol(0.98^gap)) %*% rnorm(4)) * c(5, 6, 6, 8)
  baseline <- round(rnorm(1, 10, 3), 1)
  score <- 20 - 0.01 * day + 0.5 * baseline - 2 * (arm == "smart") * (day > 0) + rnorm(1) * 4 + residual
  kept <- c(TRUE, runif(3) < 0.8)
  data.frame(participant_id = sprintf("P%03d", i), wave = 1:4, day = day, arm = arm, baseline = baseline,
             score = round(score, 3))[kept, ]
}))
cohort$w <- factor(cohort$wave)
write.csv(cohort[, -7], "serial_cohort.csv", row.names = FALSE, quote = FALSE)

slopes <- do.call(rbind, lapply(seq_len(80), function(i) {
  day <- pmax(0, c(0, 30, 60, 120, 180, 270, 365) + c(0, round(rnorm(6, 3, 6))))
  months <- round(day / 30.4375, 3)
  residual <- drop(t(chol(0.97^as.matrix(dist(day)))) %*% rnorm(7)) * 4
  own <- c(5 * rnorm(1), 0.6 * rnorm(1))
  score <- 25 - 0.4 * months - 0.2 * months * (i %% 2) + own[1] + own[2] * months + residual
  kept <- c(TRUE, runif(6) < 0.85)
  data.frame(participant_id = sprintf("S%03d", i), day = day, months = months, arm = c("none", "smart")[1 + i %% 2],
             score = round(score, 3))[kept, ]
}))
write.csv(slopes, "serial_slopes.csv", row.names = FALSE, quote = FALSE)

means <- score ~ w * arm + baseline
line <- score ~ day * arm + baseline
tight <- glsControl(tolerance = 1e-12, msTol = 1e-15, maxIter = 1000, msMaxIter = 5000, opt = "optim")
bounded <- glsControl(tolerance = 1e-12, maxIter = 1000, msMaxIter = 5000) # optim steps out of corAR1's range
tighter <- lmeControl(tolerance = 1e-12, msTol = 1e-15, niterEM = 200, maxIter = 1000, msMaxIter = 5000)
# From its own start, 0.2 a day, corCAR1 does not move: over 91 days that is no correlation and no slope.
by_wave <- varIdent(form = ~ 1 | wave)

of_gls <- function(formula, correlation, weights, method) {
  fit <- gls(formula, cohort, correlation = correlation, weights = weights, method = method,
             control = if (inherits(correlation, "corAR1")) bounded else tight)
  # gls enlarges the errors of maximum likelihood by N / (N - p); this takes that back.
  n <- nrow(cohort); p <- length(coef(fit))
  inflated <- if (method == "ML") n / (n - p) else 1
  robust <- sapply(c("CR0", "CR3"), function(type) sqrt(diag(vcovCR(fit, cluster = cohort$participant_id, type = type))) / inflated)
  rho <- if (is.null(fit$modelStruct$corStruct)) NULL else as.numeric(coef(fit$modelStruct$corStruct, unconstrained = FALSE))
  size <- if (is.null(weights)) rep(1, 4) else coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)[as.character(1:4)]
  list(method = method, term = names(coef(fit)), estimate = unname(coef(fit)),
       std_error = unname(sqrt(diag(fit$varBeta) / inflated)), log_likelihood = as.numeric(logLik(fit)),
       aic = AIC(fit), sd = unname(fit$sigma * size), correlation = rho, cr0 = unname(robust[, 1]), cr3 = unname(robust[, 2]))
}
of_lme <- function(random, correlation, method, formula = line, data = cohort) {
  fit <- lme(formula, data, random = random, correlation = correlation, method = method, control = tighter)
  covariance <- getVarCov(fit)
  list(method = method, term = names(fixef(fit)), estimate = unname(fixef(fit)), std_error = unname(sqrt(diag(vcov(fit)))),
       log_likelihood = as.numeric(logLik(fit)), covariance = unname(unclass(covariance)[, , drop = FALSE]), sigma = fit$sigma,
       phi = as.numeric(coef(fit$modelStruct$corStruct, unconstrained = FALSE)),
       modes = setNames(as.data.frame(ranef(fit)), paste0("b", seq_len(ncol(ranef(fit))))))
}

ids <- split(seq_len(nrow(cohort)), cohort$participant_id)
x <- model.matrix(means, cohort); y <- cohort$score
entries <- which(lower.tri(diag(4), diag = TRUE), arr.ind = TRUE)
full <- function(sigma) { v <- matrix(0, nrow(cohort), nrow(cohort))
  for (at in ids) v[at, at] <- sigma[cohort$wave[at], cohort$wave[at]]
  v }
as_matrix <- function(theta) { s <- matrix(0, 4, 4); s[entries] <- theta; s + t(s) - diag(diag(s)) }
minus_two <- function(theta) {
  w <- solve(full(as_matrix(theta))); inner <- t(x) %*% w %*% x; b <- solve(inner, t(x) %*% w %*% y); r <- y - x %*% b
  drop(-determinant(w)$modulus + t(r) %*% w %*% r + determinant(inner)$modulus + (length(y) - ncol(x)) * log(2 * pi)) }
variance_at <- function(theta) solve(t(x) %*% solve(full(as_matrix(theta))) %*% x)

unstructured_small <- function(start) {
  theta <- start
  for (step in 1:25) { # Newton on the entries of the covariance themselves
    move <- solve(hessian(minus_two, theta), grad(minus_two, theta)); theta <- theta - move
    if (max(abs(move)) < 1e-9) break }
  spread <- 2 * solve(hessian(minus_two, theta))
  phi <- variance_at(theta); p <- ncol(x)
  slopes <- matrix(jacobian(function(t) as.vector(variance_at(t)), theta), p * p)
  satterthwaite <- sapply(1:p, function(j) { g <- slopes[(j - 1) * p + j, ]; 2 * phi[j, j]^2 / drop(g %*% spread %*% g) })
  w <- solve(full(as_matrix(theta))); k <- length(theta)
  bases <- lapply(1:k, function(j) full(as_matrix(as.numeric(1:k == j))))
  P <- lapply(bases, function(d) -t(x) %*% w %*% d %*% w %*% x)
  Q <- function(i, j) t(x) %*% w %*% bases[[i]] %*% w %*% bases[[j]] %*% w %*% x
  tr <- function(m) sum(diag(m))
  information <- matrix(0, k, k); inside <- matrix(0, p, p)
  for (i in 1:k) for (j in 1:k)
    information[i, j] <- (tr(w %*% bases[[i]] %*% w %*% bases[[j]]) - 2 * tr(phi %*% Q(i, j)) + tr(phi %*% P[[i]] %*% phi %*% P[[j]])) / 2
  W <- solve(information)
  for (i in 1:k) for (j in 1:k) inside <- inside + W[i, j] * (Q(i, j) - P[[i]] %*% phi %*% P[[j]])
  adjusted <- phi + 2 * phi %*% inside %*% phi
  kr_df <- sapply(1:p, function(j) { a <- sapply(P, function(m) drop((phi %*% m %*% phi)[j, j]) / phi[j, j]); 2 / drop(a %*% W %*% a) })
  list(estimate = drop(solve(t(x) %*% w %*% x, t(x) %*% w %*% y)), std_error = unname(sqrt(diag(phi))), covariance = as_matrix(theta),
       log_likelihood = -minus_two(theta) / 2, satterthwaite = satterthwaite, kr_error = unname(sqrt(diag(adjusted))), kr_df = kr_df)
}
compound <- function() {
  fit <- lmerTest::lmer(score ~ w * arm + baseline + (1 | participant_id), cohort, control = lmerControl(
    optimizer = "nloptwrap", calc.derivs = FALSE, optCtrl = list(xtol_abs = 1e-11, xtol_rel = 1e-12, ftol_abs = 1e-14, ftol_rel = 1e-15, maxeval = 1e5)))
  adjusted <- vcovAdj(fit); p <- length(fixef(fit))
  list(satterthwaite = unname(coef(summary(fit))[, 3]), std_error = unname(coef(summary(fit))[, 2]), kr_error = unname(sqrt(diag(as.matrix(adjusted)))),
       kr_df = sapply(1:p, function(j) get_Lb_ddf(fit, as.numeric(1:p == j))))
}
id_wave <- ~ wave | participant_id
found <- list(
  un_reml = of_gls(means, corSymm(form = id_wave), by_wave, "REML"),
  un_ml = of_gls(means, corSymm(form = id_wave), by_wave, "ML"),
  cs_reml = of_gls(means, corCompSymm(form = ~ 1 | participant_id), NULL, "REML"),
  csh_ml = of_gls(means, corCompSymm(form = ~ 1 | participant_id), by_wave, "ML"),
  ar1_reml = of_gls(means, corAR1(form = id_wave), NULL, "REML"),
  ar1h_ml = of_gls(means, corCAR1(form = id_wave), by_wave, "ML"), # the same where positive, and optim can climb it
  car1_reml = of_gls(means, corCAR1(value = 0.98, form = ~ day | participant_id), NULL, "REML"),
  car1h_ml = of_gls(means, corCAR1(value = 0.98, form = ~ day | participant_id), by_wave, "ML"),
  independence_reml = of_gls(means, NULL, by_wave, "REML"),
  intercept_car1_reml = of_lme(~ 1 | participant_id, corCAR1(value = 0.98, form = ~ day | participant_id), "REML"),
  intercept_car1_ml = of_lme(~ 1 | participant_id, corCAR1(value = 0.98, form = ~ day | participant_id), "ML"),
  intercept_ar1_reml = of_lme(~ 1 | participant_id, corAR1(form = id_wave), "REML"),
  slope_car1_reml = of_lme(~ months | participant_id, corCAR1(value = 0.97, form = ~ day | participant_id), "REML",
                           score ~ months * arm, slopes),
  compound = compound())
found$unstructured_small <- unstructured_small({
  fit <- gls(means, cohort, correlation = corSymm(form = id_wave), weights = by_wave, control = tight)
  full_size <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)[as.character(1:4)] * fit$sigma
  r <- diag(4); r[lower.tri(r)] <- coef(fit$modelStruct$corStruct, unconstrained = FALSE); r[upper.tri(r)] <- t(r)[upper.tri(r)]
  (r * outer(full_size, full_size))[entries] })
write_json(found, "serial.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
writeLines(c(R.version.string, sapply(c("nlme", "lme4", "lmerTest", "pbkrtest", "clubSandwich", "numDeriv", "jsonlite"),
                                      function(p) paste(p, packageVersion(p)))), "SESSION_serial.txt")

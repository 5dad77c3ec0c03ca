# Logistic and count mixed models: lme4's glmer, and plain R where glmer has no answer.
# Run in this folder: Rscript logistic_mixed.R
# Writes logistic_mixed_*.csv (the data), logistic_mixed.json (the answers) and SESSION_logistic_mixed.txt.
# glmer's inner loop stops by default at 1e-7 of its criterion, which shows in the fifth digit of the
# results; here it goes to 1e-13, the outer one to 1e-8, and the second derivatives are Richardson's.
suppressMessages({library(lme4); library(MASS); library(numDeriv); library(jsonlite)})
tight <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, calc.derivs = FALSE, check.conv.singular = "ignore",
                      optCtrl = list(rhobeg = 2e-3, rhoend = 1e-9, maxfun = 1e5))
keep <- function(data, name) write.csv(data, paste0("logistic_mixed_", name, ".csv"), row.names = FALSE, quote = FALSE)

answer <- function(formula, data, family, points, saturated = 0) {
  first <- glmer(formula, data, family, nAGQ = points)
  fit <- update(first, control = tight, start = list(theta = getME(first, "theta"), fixef = fixef(first)))
  criterion <- update(fit, devFunOnly = TRUE)
  at <- c(getME(fit, "theta"), fixef(fit))
  curved <- hessian(criterion, at)
  slope <- grad(criterion, at)
  variance <- solve(curved / 2)
  inside <- seq_along(at) > length(getME(fit, "theta"))
  effects <- as.data.frame(ranef(fit, condVar = TRUE))
  list(call = deparse1(formula), points = points, term = names(fixef(fit)), estimate = unname(fixef(fit)),
       std_error = sqrt(diag(variance))[inside], variances = as.data.frame(VarCorr(fit))[, c("grp", "var1", "var2", "vcov")],
       left = sqrt(sum(slope * solve(curved, slope)) / 2), log_likelihood = as.numeric(logLik(fit)) + saturated, rows = nobs(fit),
       random_effects = head(effects[, c("grpvar", "term", "grp", "condval", "condsd")], 40))
}
all_of <- function(y, n) sum(dbinom(y, n, y / n, log = TRUE))

# The likelihood by the trapezoidal rule on a fine fixed grid: for smooth decaying functions exact to many digits.
by_grid <- function(y, x, z, group, law, start, step = 0.1, reach = 8) {
  q <- ncol(z); one <- seq(-reach, reach, by = step)
  grid <- as.matrix(expand.grid(rep(list(one), q))); weight <- rowSums(dnorm(grid, log = TRUE)) + q * log(step)
  p <- ncol(x); k <- q * (q + 1) / 2
  minus <- function(at) {
    factor <- matrix(0, q, q); factor[lower.tri(factor, TRUE)] <- at[p + seq_len(k)]
    eta <- drop(x %*% at[seq_len(p)]) + z %*% (factor %*% t(grid))
    inner <- rowsum(law(y, eta, at[-seq_len(p + k)]), group)
    inner <- sweep(inner, 2, weight, "+"); top <- apply(inner, 1, max)
    -sum(top + log(rowSums(exp(inner - top))))
  }
  found <- optim(start, minus, method = "BFGS", control = list(maxit = 1000, reltol = 1e-14))
  at <- found$par
  for (i in 1:3) { curved <- hessian(minus, at); at <- at - solve(curved, grad(minus, at)) }
  slope <- grad(minus, at)
  list(par = at, std_error = sqrt(diag(solve(curved))), log_likelihood = -minus(at), left = sqrt(sum(slope * solve(curved, slope))))
}
bernoulli <- function(y, eta, more) y * eta - log1p(exp(eta))
negative <- function(y, eta, more) dnbinom(matrix(y, nrow(eta), ncol(eta)), size = exp(more), mu = exp(eta), log = TRUE)
betabinomial <- function(n) function(y, eta, more) {
  a <- exp(more) * plogis(eta); b <- exp(more) * plogis(-eta)
  lchoose(n, y) + lbeta(y + a, n - y + b) - lbeta(a, b)
}

found <- list()
keep(cbpp, "cbpp")
found$cbpp_laplace <- answer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, 1)
found$cbpp_agq9 <- answer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, 9, all_of(cbpp$incidence, cbpp$size))
profiled <- confint(glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, control = tight), method = "profile")
found$cbpp_profile <- list(name = rownames(profiled), low = unname(profiled[, 1]), high = unname(profiled[, 2]))
keep(bacteria, "bacteria")
found$bacteria_agq15 <- answer(y ~ trt + I(week > 2) + (1 | ID), bacteria, binomial, 15)
found$bacteria_laplace <- answer(y ~ trt + I(week > 2) + (1 | ID), bacteria, binomial, 1)
verbal <- subset(VerbAgg, situ == "self" & as.integer(id) <= 120, c("id", "Anger", "Gender", "btype", "r2"))
keep(verbal, "verbal")
found$verbal_agq15 <- answer(r2 ~ Anger + Gender + btype + (1 | id), verbal, binomial, 15)
keep(epil, "epil")
saturated <- sum(dpois(epil$y, epil$y, log = TRUE))
found$epil_poisson_agq15 <- answer(y ~ lbase * trt + lage + V4 + (1 | subject), epil, poisson, 15, saturated)
found$epil_poisson_laplace <- answer(y ~ lbase * trt + lage + V4 + (1 | subject), epil, poisson, 1)
found$epil_slope_laplace <- answer(y ~ lbase * trt + lage + V4 + (1 + period | subject), transform(epil, period = period - 2.5), poisson, 1)
ticks <- transform(grouseticks, height = round((HEIGHT - mean(HEIGHT)) / 100, 6))[, c("INDEX", "TICKS", "BROOD", "YEAR", "LOCATION", "height")]
keep(ticks, "grouseticks")
found$grouseticks_nested <- answer(TICKS ~ YEAR + height + (1 | LOCATION / BROOD), ticks, poisson, 1)
found$grouseticks_three <- answer(TICKS ~ YEAR + height + (1 | LOCATION) + (1 | BROOD) + (1 | INDEX), ticks, poisson, 1)

set.seed(20260611)
people <- 80; site <- rep(1:8, each = 10); level <- rnorm(8, 0, 0.8)[site] + rnorm(people, 0, 1.2); slope <- rnorm(people, 0, 0.5)
cohort <- do.call(rbind, lapply(seq_len(people), function(i) {
  wave <- 0:5; wave <- wave[runif(6) < 0.85]; arm <- i %% 2
  data.frame(participant_id = sprintf("P%03d", i), site = sprintf("S%d", site[i]), arm = arm, wave = wave,
             eta = -0.5 + 0.3 * wave + 0.6 * arm + level[i] + slope[i] * wave / 2)
}))
cohort$abstinent <- rbinom(nrow(cohort), 1, plogis(cohort$eta))
shape <- 6; cohort$days <- rbinom(nrow(cohort), 30, rbeta(nrow(cohort), shape * plogis(-cohort$eta), shape * plogis(cohort$eta)))
cohort$meetings <- rnbinom(nrow(cohort), size = 1.5, mu = exp(0.4 + 0.1 * cohort$wave + 0.3 * level[as.integer(factor(cohort$participant_id))]))
cohort$eta <- NULL
keep(cohort, "cohort")
found$cohort_nested <- answer(abstinent ~ wave + arm + (1 | site / participant_id), cohort, binomial, 1)
found$cohort_slope_laplace <- answer(abstinent ~ wave + arm + (1 + wave | participant_id), cohort, binomial, 1)
x <- cbind(1, cohort$wave, cohort$arm); group <- cohort$participant_id; one <- matrix(1, nrow(cohort), 1)
found$cohort_slope_grid <- by_grid(cohort$abstinent, x, cbind(1, cohort$wave), group, bernoulli, c(-0.5, 0.3, 0.6, 1.4, 0, 0.3), 0.2, 7)
found$cohort_negative_grid <- by_grid(cohort$meetings, x, one, group, negative, c(0.4, 0.1, 0, 0.4, 0.4))
found$cohort_beta_grid <- by_grid(cohort$days, x, one, group, betabinomial(30), c(-0.5, 0.3, 0.6, 1.2, 1.8))
ex <- model.matrix(~ lbase * trt + lage + V4, epil)
found$epil_negative_grid <- by_grid(epil$y, ex, matrix(1, nrow(epil), 1), epil$subject, negative, c(1.8, 0.9, -0.3, 0.4, -0.1, 0.3, 0.5, 2))
nb <- suppressWarnings(glmer.nb(y ~ lbase * trt + lage + V4 + (1 | subject), epil))
found$epil_negative_glmer <- list(estimate = unname(fixef(nb)), size = getME(nb, "glmer.nb.theta"),
                                  variance = as.numeric(VarCorr(nb)$subject), log_likelihood = as.numeric(logLik(nb)))
write_json(found, "logistic_mixed.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
writeLines(c(R.version.string, sapply(c("lme4", "MASS", "numDeriv", "minqa", "jsonlite"), function(p) paste(p, packageVersion(p)))),
           "SESSION_logistic_mixed.txt")

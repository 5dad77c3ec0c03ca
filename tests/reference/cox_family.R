# Writes data sets and what R's survival gives on them, beside this script:
#   cox_family_lung.csv, cox_family_matched.csv, cox_family_landmarks.csv, cox_family.json, SESSION_cox_family.txt
# Run it in this folder after survival.R and intervals.R, whose data it reads: Rscript cox_family.R
suppressMessages({library(survival); library(jsonlite)})

lung <- survival::lung[, c("time", "status", "age", "sex", "ph.ecog", "ph.karno", "wt.loss")]
names(lung) <- gsub(".", "_", names(lung), fixed = TRUE)
lung$status <- lung$status - 1
lung <- lung[complete.cases(lung), ]
lung$id <- seq_len(nrow(lung))
write.csv(lung, "cox_family_lung.csv", row.names = FALSE)
matched <- data.frame(set = infert$stratum, pool = infert$pooled.stratum, case = infert$case,
                      spontaneous = infert$spontaneous, induced = infert$induced, time = 1)
write.csv(matched, "cox_family_matched.csv", row.names = FALSE)
lung <- read.csv("cox_family_lung.csv")
matched <- read.csv("cox_family_matched.csv")
veteran <- read.csv("survival_veteran.csv")
cgd <- read.csv("survival_cgd.csv")
bladder <- read.csv("intervals_bladder2.csv")
veteran$month <- ceiling(veteran$time / 30)
bladder$half <- ceiling(bladder$stop / 6)

tight <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 60)
fit <- function(formula, data, ...) suppressWarnings(do.call(coxph, list(formula, data = data, control = tight, ...)))
model <- function(f) list(coef = as.list(coef(f)), se = unname(sqrt(diag(as.matrix(f$var)))), loglik = f$loglik, score = f$score)

# 1. Exact ties -------------------------------------------------------------------------------------------------
logan <- survival::logan
tocc <- levels(logan$occupation)
long <- do.call(rbind, lapply(tocc, function(o) data.frame(set = seq_len(nrow(logan)), tocc = o,
  case = as.integer(logan$occupation == o), education = logan$education)))
long <- long[long$set <= 200, ]
write.csv(long, "cox_family_logan.csv", row.names = FALSE)
long <- read.csv("cox_family_logan.csv")
exact <- list(
  lung = model(fit(Surv(time, status) ~ age + sex + ph_ecog + wt_loss, lung, ties = "exact")),
  veteran_months = model(fit(Surv(month, status) ~ trt + celltype + karno, veteran, ties = "exact")),
  veteran_months_strata = model(fit(Surv(month, status) ~ trt + karno + strata(celltype), veteran, ties = "exact")),
  veteran_late = model(fit(Surv(entry, time, status) ~ trt + celltype + karno, veteran, ties = "exact")),
  bladder_half_years = model(fit(Surv(half, event) ~ rx + size + number + strata(enum), bladder, ties = "exact")),
  cgd_counting = model(fit(Surv(tstart, tstop, status) ~ treat + age + strata(center), cgd, ties = "exact")),
  matched = model(clogit(case ~ spontaneous + induced + strata(set), matched, method = "exact", control = tight)),
  pooled = model(clogit(case ~ spontaneous + induced + strata(pool), matched, method = "exact", control = tight)),
  logan = model(suppressWarnings(clogit(case ~ tocc + tocc:education + strata(set), long, control = tight)))
)

# 2. Residuals ---------------------------------------------------------------------------------------------------
kinds <- c("martingale", "deviance", "score", "schoenfeld", "scaledsch", "dfbeta", "dfbetas")
residuals_of <- function(f, ...) sapply(kinds, simplify = FALSE, function(k) {
  r <- as.matrix(residuals(f, type = k))
  list(time = as.numeric(if (k %in% c("schoenfeld", "scaledsch")) rownames(r)), value = unname(r))
})
together <- function(f, id) sapply(c("martingale", "deviance", "score", "dfbeta", "dfbetas"), simplify = FALSE,
  function(k) unname(as.matrix(residuals(f, type = k, collapse = id))))
late <- fit(Surv(entry, time, status) ~ trt + karno + strata(celltype), veteran, x = TRUE)
cgd_fit <- fit(Surv(tstart, tstop, status) ~ treat + age + inherit, cgd)
cgd_robust <- fit(Surv(tstart, tstop, status) ~ treat + age + inherit, cgd, cluster = cgd$id)
residual <- list(
  efron = residuals_of(fit(Surv(month, status) ~ trt + karno, veteran)),
  breslow = residuals_of(fit(Surv(month, status) ~ trt + karno, veteran, ties = "breslow")),
  one = residuals_of(fit(Surv(month, status) ~ karno, veteran)),
  weighted = residuals_of(fit(Surv(month, status) ~ trt + karno, veteran, weights = veteran$weight)),
  late_strata = residuals_of(late),
  cgd = residuals_of(cgd_fit),
  cgd_robust = residuals_of(cgd_robust),
  cgd_collapsed = together(cgd_fit, cgd$id)
)

# 3. Predicted curves --------------------------------------------------------------------------------------------
new <- data.frame(trt = c(1, 2, 1), karno = c(30, 60, 90))
curves <- function(f, new) lapply(list("log-log" = "log-log", log = "log", plain = "plain"), function(k) {
  s <- survfit(f, newdata = new, conf.type = k)
  list(time = s$time, n_at_risk = s$n.risk, n_event = s$n.event, n_censored = s$n.censor, strata = unname(s$strata),
       cumhaz = unname(as.matrix(s$cumhaz)), hazard_error = unname(as.matrix(s$std.err)),
       survival = unname(as.matrix(s$surv)), low = unname(as.matrix(s$lower)), high = unname(as.matrix(s$upper)))
})
rows <- data.frame(treat = c("placebo", "rIFN-g"), age = c(5, 25), inherit = "x-linked")
predicted <- list(
  efron = curves(fit(Surv(month, status) ~ trt + karno, veteran), new),
  breslow = curves(fit(Surv(month, status) ~ trt + karno, veteran, ties = "breslow"), new),
  weighted = curves(fit(Surv(month, status) ~ trt + karno, veteran, weights = veteran$weight), new),
  late_strata = curves(late, new),
  one_stratum = curves(late, cbind(new, celltype = c("adeno", "large", "adeno"))),
  robust = curves(cgd_robust, rows)
)

# 4. Ridge, Firth ------------------------------------------------------------------------------------------------
ridge_model <- function(f) list(coef = unname(coef(f)), se = unname(sqrt(diag(f$var))), se2 = unname(sqrt(diag(f$var2))),
                                loglik = f$loglik, df = unname(f$df), penalty = f$penalty)
x3 <- c("age", "ph_ecog", "wt_loss")
ridges <- list(
  all = ridge_model(fit(Surv(time, status) ~ ridge(age, ph_ecog, wt_loss, theta = 20), lung)),
  unscaled = ridge_model(fit(Surv(time, status) ~ ridge(age, ph_ecog, wt_loss, theta = 20, scale = FALSE), lung)),
  some = ridge_model(fit(Surv(time, status) ~ sex + ridge(age, ph_ecog, theta = 5), lung, ties = "breslow"))
)
# The penalised likelihood from its definition, with R's own likelihood and information at a given point.
penalised <- function(formula, data, ties) function(beta) {
  at <- suppressWarnings(coxph(formula, data, init = beta, ties = ties, control = coxph.control(iter.max = 0)))
  at$loglik[1] - 0.5 * as.numeric(determinant(as.matrix(vcov(at)))$modulus)
}
brute <- function(formula, data, ties = "efron") {
  value <- penalised(formula, data, ties)
  k <- ncol(model.matrix(formula, data)) - 1
  start <- rep(0, k)
  top <- start
  for (i in 1:6) top <- optim(top, function(b) -value(b), method = if (k == 1) "BFGS" else "Nelder-Mead",
                              control = list(reltol = 1e-15, maxit = 5000))$par
  for (i in 1:4) top <- optim(top, function(b) -value(b), method = "BFGS", control = list(reltol = 1e-16, ndeps = rep(1e-4, k)))$par
  best <- value(top)
  at <- suppressWarnings(coxph(formula, data, init = top, ties = ties, control = coxph.control(iter.max = 0)))
  held <- function(j, b) if (k == 1) value(b) else {
    rest <- top[-j]
    inner <- function(r) -value(append(r, b, j - 1))
    if (k == 2) -optimize(inner, rest + c(-3, 3), tol = 1e-10)$objective
    else -optim(optim(rest, inner, control = list(reltol = 1e-14, maxit = 3000))$par, inner, method = "BFGS",
                control = list(reltol = 1e-15))$value
  }
  error <- sqrt(diag(as.matrix(vcov(at))))
  fall <- function(j) function(b) 2 * (best - held(j, b)) - qchisq(0.95, 1)
  limit <- function(j, side) uniroot(fall(j), sort(top[j] + side * error[j] * c(0.3, 12)), tol = 1e-9)$root
  list(coef = top, se = unname(error), value = best, null = value(start),
       low = sapply(seq_len(k), limit, side = -1), high = sapply(seq_len(k), limit, side = 1),
       without = sapply(seq_len(k), function(j) held(j, 0)))
}
separated <- data.frame(exit = c(2, 3, 5, 7, 8, 11, 13, 14, 4, 6, 9, 10, 12, 15), event = c(1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0),
                        x = rep(c(1, 0), c(8, 6)), z = c(1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1))
tied <- transform(separated, exit = ceiling(exit / 3))
firths <- list(
  data = separated,
  one = brute(Surv(exit, event) ~ x, separated),
  two = brute(Surv(exit, event) ~ x + z, separated),
  tied_efron = brute(Surv(exit, event) ~ x + z, tied),
  tied_breslow = brute(Surv(exit, event) ~ x + z, tied, "breslow"),
  veteran = brute(Surv(time, status) ~ trt + karno, veteran)
)

# 5. Landmarks ---------------------------------------------------------------------------------------------------
visits <- survival::pbcseq
known <- function(s) {
  seen <- visits[visits$day <= s & visits$futime > s, ]
  last <- seen[!duplicated(seen$id, fromLast = TRUE), ]
  end <- pmin(last$futime, s + 1825)
  data.frame(participant_id = last$id, landmark = s, entry = s, exit = end,
             event = as.integer(last$status == 2 & last$futime <= s + 1825), bili = round(log(last$bili), 6), age = round(last$age, 6))
}
days <- c(0, 365, 730, 1095, 1460)
stacked <- do.call(rbind, lapply(days, known))
write.csv(stacked, "cox_family_landmarks.csv", row.names = FALSE)
stacked <- read.csv("cox_family_landmarks.csv")
stacked$s1 <- stacked$landmark / 1460
stacked$s2 <- stacked$s1^2
robust <- function(formula, ...) {
  f <- fit(formula, stacked, cluster = stacked$participant_id, ...)
  c(model(f), list(naive = unname(sqrt(diag(f$naive.var)))))
}
landmarks <- list(
  strata = robust(Surv(entry, exit, event) ~ bili + age + strata(landmark), ties = "breslow"),
  strata_linear = robust(Surv(entry, exit, event) ~ bili + bili:s1 + age + age:s1 + strata(landmark), ties = "breslow"),
  smooth = robust(Surv(entry, exit, event) ~ bili + age + s1 + s2, ties = "breslow"),
  smooth_quadratic = robust(Surv(entry, exit, event) ~ bili + bili:s1 + bili:s2 + age + age:s1 + age:s2 + s1 + s2)
)

# 6. Effects per period ------------------------------------------------------------------------------------------
cut <- survSplit(Surv(time, status) ~ ., veteran[, c("time", "status", "trt", "karno", "celltype")], cut = c(90, 180), episode = "period", id = "id")
cut_late <- survSplit(Surv(entry, time, status) ~ ., veteran[, c("entry", "time", "status", "trt", "karno")], cut = c(10, 90, 180), episode = "period", id = "id")
periods <- list(
  rows = cut[order(cut$id, cut$tstart), c("id", "tstart", "time", "status", "period")],
  late_rows = cut_late[order(cut_late$id, cut_late$entry), c("id", "entry", "time", "status", "period")],
  per_period = model(fit(Surv(tstart, time, status) ~ karno:strata(period) + trt, cut))
)

results <- list(exact = exact, residuals = residual, predicted = predicted, ridge = ridges, firth = firths,
                landmarks = landmarks, periods = periods)
writeLines(toJSON(results, digits = NA, auto_unbox = TRUE, na = "null", null = "null", matrix = "rowmajor"), "cox_family.json")
versions <- paste(c("survival", "jsonlite"), sapply(c("survival", "jsonlite"), function(p) format(packageVersion(p))))
writeLines(c(R.version.string, versions), "SESSION_cox_family.txt")

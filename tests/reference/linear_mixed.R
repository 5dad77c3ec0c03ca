# Linear mixed models by lme4, degrees of freedom by lmerTest.
# Run in this folder: Rscript linear_mixed.R
# Writes linear_mixed_*.csv (the data), linear_mixed.json (the answers) and SESSION_mixed.txt.
# The optimiser is told to go on far beyond lme4's default, which stops at about 1e-5 of the variances.
suppressMessages({library(lme4); library(lmerTest); library(jsonlite)})
tight <- lmerControl(optimizer = "nloptwrap", check.conv.singular = "ignore", calc.derivs = FALSE,
                     optCtrl = list(xtol_abs = 1e-11, xtol_rel = 1e-12, ftol_abs = 1e-14, ftol_rel = 1e-15, maxeval = 1e5))

set.seed(20240611)
people <- 60
waves <- c(0, 6, 12, 18, 24)
cohort <- do.call(rbind, lapply(seq_len(people), function(i) {
  arm <- c("none", "smart", "twelve_step")[1 + i %% 3]
  kept <- waves[runif(5) < 0.8]
  months <- kept + round(rnorm(length(kept), 0, 0.7), 2)
  b <- rnorm(3) * c(6, 0.25, 0.03)
  score <- 30 - 0.4 * months + c(none = 0, smart = -2, twelve_step = -3)[[arm]] - 0.05 * months * (arm == "smart") +
    b[1] + b[2] * months + b[3] * months^2 + rnorm(length(kept), 0, 4)
  data.frame(participant_id = rep(sprintf("P%03d", i), length(kept)), arm = rep(arm, length(kept)),
             months = months, score = round(score, 3))
}))
write.csv(cohort, "linear_mixed_cohort.csv", row.names = FALSE, quote = FALSE)
write.csv(sleepstudy, "linear_mixed_sleepstudy.csv", row.names = FALSE, quote = FALSE)
write.csv(Dyestuff, "linear_mixed_dyestuff.csv", row.names = FALSE, quote = FALSE)
write.csv(Dyestuff2, "linear_mixed_dyestuff2.csv", row.names = FALSE, quote = FALSE)

answer <- function(formula, data, reml) {
  fit <- lmerTest::lmer(formula, data, REML = reml, control = tight)
  table <- coef(summary(fit))
  effects <- as.data.frame(ranef(fit, condVar = TRUE))
  list(call = deparse1(formula), reml = reml, term = rownames(table), estimate = unname(table[, 1]),
       std_error = unname(table[, 2]), df = unname(table[, 3]), p_value = unname(table[, 5]),
       variances = as.data.frame(VarCorr(fit))[, c("grp", "var1", "var2", "vcov")],
       log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit), bic = BIC(fit), sigma = sigma(fit),
       singular = isSingular(fit), random_effects = head(effects[, c("grpvar", "term", "grp", "condval", "condsd")], 60))
}
found <- list(
  cohort_reml = answer(score ~ months * arm + (1 + months | participant_id), cohort, TRUE),
  cohort_ml = answer(score ~ months * arm + (1 + months | participant_id), cohort, FALSE),
  cohort_uncorrelated = answer(score ~ months * arm + (1 | participant_id) + (0 + months | participant_id), cohort, TRUE),
  cohort_quadratic = answer(score ~ months + I(months^2) + (1 + months + I(months^2) | participant_id),
                            transform(cohort, months = months / 12), FALSE),
  sleepstudy_reml = answer(Reaction ~ Days + (Days | Subject), sleepstudy, TRUE),
  sleepstudy_ml = answer(Reaction ~ Days + (Days | Subject), sleepstudy, FALSE),
  sleepstudy_uncorrelated = answer(Reaction ~ Days + (Days || Subject), sleepstudy, TRUE),
  dyestuff_reml = answer(Yield ~ 1 + (1 | Batch), Dyestuff, TRUE),
  dyestuff_ml = answer(Yield ~ 1 + (1 | Batch), Dyestuff, FALSE),
  dyestuff2_reml = answer(Yield ~ 1 + (1 | Batch), Dyestuff2, TRUE))
write_json(found, "linear_mixed.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
writeLines(c(R.version.string, sapply(c("lme4", "lmerTest", "numDeriv", "nloptr", "jsonlite"),
                                      function(p) paste(p, packageVersion(p)))), "SESSION_mixed.txt")

# Linear mixed models by lme4 with nested groups and known precisions, Kenward and Roger's errors by pbkrtest, profile
# intervals and likelihood ratios by lme4.
# Run in this folder after linear_mixed.R: Rscript linear_mixed_further.R
# Writes linear_mixed_sites.csv, linear_mixed_further.json and SESSION_mixed_further.txt.
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite)})
tight <- lmerControl(optimizer = "nloptwrap", check.conv.singular = "ignore", calc.derivs = FALSE,
                     optCtrl = list(xtol_abs = 1e-12, xtol_rel = 1e-13, ftol_abs = 1e-15, ftol_rel = 1e-16, maxeval = 1e5))

set.seed(20261124)
sites <- do.call(rbind, lapply(1:12, function(s) {
  people <- 3 + s %% 4
  u <- rnorm(1, 0, 3)
  do.call(rbind, lapply(seq_len(people), function(i) {
    kept <- c(0, 3, 6, 12)[runif(4) < 0.85]
    if (length(kept) < 1) kept <- 0
    b <- rnorm(2) * c(4, 0.3)
    precision <- sample(c(0.5, 1, 2, 4), length(kept), TRUE)
    data.frame(site = sprintf("S%02d", s), participant_id = sprintf("S%02d-%d", s, i), number = i, months = kept,
               arm = c("a", "b")[1 + i %% 2], precision = precision,
               score = round(20 - 0.3 * kept + u + b[1] + b[2] * kept + 1.5 * (i %% 2) + rnorm(length(kept), 0, 2 / sqrt(precision)), 3))
  }))
}))
write.csv(sites, "linear_mixed_sites.csv", row.names = FALSE, quote = FALSE)
few <- read.csv("linear_mixed_cohort.csv")
few <- few[few$participant_id %in% unique(few$participant_id)[1:12], ]

answer <- function(formula, data, reml, weights = NULL) {
  data$.w <- if (is.null(weights)) 1 else data[[weights]]
  fit <- lmerTest::lmer(formula, data, REML = reml, control = tight, weights = .w)
  table <- coef(summary(fit))
  effects <- as.data.frame(ranef(fit, condVar = TRUE))
  list(call = deparse1(formula), reml = reml, term = rownames(table), estimate = unname(table[, 1]),
       std_error = unname(table[, 2]), df = unname(table[, 3]),
       variances = as.data.frame(VarCorr(fit))[, c("grp", "var1", "var2", "vcov")],
       log_likelihood = as.numeric(logLik(fit)), sigma = sigma(fit),
       random_effects = effects[, c("grpvar", "term", "grp", "condval", "condsd")])
}
kenward <- function(formula, data) {
  fit <- lme4::lmer(formula, data, control = tight)
  adjusted <- as.matrix(vcovAdj(fit))
  p <- nrow(adjusted)
  list(call = deparse1(formula), std_error = unname(sqrt(diag(adjusted))),
       df = sapply(seq_len(p), function(i) get_Lb_ddf(fit, as.numeric(seq_len(p) == i))))
}
profiled <- function(formula, data) {
  fit <- lme4::lmer(formula, data, REML = FALSE, control = tight)
  limits <- confint(profile(fit, signames = FALSE, delta = 0.05), level = 0.95)
  list(call = deparse1(formula), parameter = rownames(limits), low = unname(limits[, 1]), high = unname(limits[, 2]))
}
ratio <- function(small, large, data) {
  one <- lme4::lmer(small, data, REML = FALSE, control = tight)
  two <- lme4::lmer(large, data, REML = FALSE, control = tight)
  table <- anova(one, two)
  list(statistic = table$Chisq[2], df = table$Df[2], p_value = table$`Pr(>Chisq)`[2])
}
found <- list(
  nested_reml = answer(score ~ months * arm + (1 | site) + (1 + months | participant_id), sites, TRUE),
  nested_ml = answer(score ~ months + (1 | site / number), sites, FALSE),
  nested_slopes = answer(score ~ months + (1 + months || site) + (1 | participant_id), sites, TRUE),
  weighted = answer(score ~ months + arm + (1 | participant_id), sites, TRUE, "precision"),
  weighted_nested = answer(score ~ months + (1 | site) + (1 | participant_id), sites, FALSE, "precision"),
  kenward_sleepstudy = kenward(Reaction ~ Days + (Days | Subject), sleepstudy),
  kenward_few = kenward(score ~ months * arm + (1 + months | participant_id), few),
  kenward_uncorrelated = kenward(score ~ months * arm + (1 | participant_id) + (0 + months | participant_id), few),
  kenward_intercept = kenward(score ~ months + arm + (1 | participant_id), few),
  profile_sleepstudy = profiled(Reaction ~ Days + (Days | Subject), sleepstudy),
  profile_intercept = profiled(score ~ months + arm + (1 | participant_id), few),
  ratio_fixed = ratio(score ~ months + (1 | participant_id), score ~ months * arm + (1 | participant_id), few),
  ratio_slope = ratio(score ~ months + (1 | participant_id), score ~ months + (1 + months | participant_id), few)
)
write(toJSON(found, digits = 15, auto_unbox = TRUE, pretty = TRUE), "linear_mixed_further.json")
sink("SESSION_mixed_further.txt"); print(sessionInfo()); sink()

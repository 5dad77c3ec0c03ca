# CES-D growth on the HELP trial's wide file, with lme4's optimiser asked to go on until it has converged to ten digits.
# Usage: Rscript help_growth.R FOLDER_OF_help_wide.sav
suppressMessages({library(haven); library(lme4); library(jsonlite)})
folder <- commandArgs(trailingOnly = TRUE)[1]
wide <- as.data.frame(zap_labels(zap_missing(read_sav(file.path(folder, "help_wide.sav")))))
long <- do.call(rbind, lapply(c(0, 6, 12, 18, 24), function(month) {
  data.frame(ID = wide$ID, months = month,
             cesd = wide[[paste0("CES_D_", month)]], attended = wide[[paste0("E9A_", month)]])
}))
long <- long[!is.na(long$cesd) & !is.na(long$attended), ]
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
results <- list(versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4"))))
for (reml in c(TRUE, FALSE)) {
  fit <- lmer(cesd ~ months + attended + (1 + months | ID), long, REML = reml, control = control)
  results[[if (reml) "reml" else "ml"]] <- list(
    coef = as.numeric(fixef(fit)), se = as.numeric(sqrt(diag(vcov(fit)))),
    variances = as.data.frame(VarCorr(fit))$vcov, log_likelihood = as.numeric(logLik(fit)))
}
write_json(results, "help_growth.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)

# The toenail results of the reference folder again, with glmer's loops run to the end.
# Rscript logistic_mixed_shared.R FOLDER   (the folder of HSAUR3_toenail.csv)
# Writes logistic_mixed_shared.json.
suppressMessages({library(lme4); library(numDeriv); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
tight <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, calc.derivs = FALSE,
                      optCtrl = list(rhobeg = 2e-3, rhoend = 1e-9, maxfun = 1e5))
answer <- function(formula, data, points) {
  first <- suppressWarnings(glmer(formula, data, binomial, nAGQ = points, control = glmerControl(optimizer = "bobyqa")))
  fit <- update(first, control = tight, start = list(theta = getME(first, "theta"), fixef = fixef(first)))
  criterion <- update(fit, devFunOnly = TRUE)
  at <- c(getME(fit, "theta"), fixef(fit)); curved <- hessian(criterion, at); slope <- grad(criterion, at)
  list(call = deparse1(formula), points = points, term = names(fixef(fit)), estimate = unname(fixef(fit)),
       std_error = sqrt(diag(solve(curved / 2)))[-1], variance = unname(getME(fit, "theta")^2),
       log_likelihood = as.numeric(logLik(fit)), left = sqrt(sum(slope * solve(curved, slope)) / 2), rows = nobs(fit))
}
toenail <- read.csv(file.path(folder, "HSAUR3_toenail.csv"))
toenail$y <- as.numeric(toenail$outcome == "moderate or severe"); toenail$trt <- as.numeric(toenail$treatment == "terbinafine")
model <- y ~ trt * time + (1 | patientID)
found <- list(toenail_laplace = answer(model, toenail, 1), toenail_agq7 = answer(model, toenail, 7),
              toenail_agq20 = answer(model, toenail, 20))
write_json(found, "logistic_mixed_shared.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")

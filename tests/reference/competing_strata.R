# Writes what R's survival and mets give for Fine and Gray's model with strata, beside this script:
#   competing_strata.json, SESSION_competing_strata.txt
# Run it in this folder, after competing.R: Rscript competing_strata.R
suppressMessages({library(survival); library(mets); library(jsonlite)})
clinics <- read.csv("competing_clusters.csv")
clinics$ward <- clinics$clinic %% 3
clinics$layer <- clinics$ward  # finegray() takes the column inside strata() out of its table
clinics$state <- factor(clinics$cause, 0:2, c("censored", "1", "2"))
person <- data.frame(x = 1, z = 1, ward = 0:2)
times <- c(10, 40, 90, 160)
by.cause <- function(cause) {
  rows <- finegray(Surv(exit, state) ~ x + z + ward + strata(layer), clinics, etype = as.character(cause))
  fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x + z + strata(ward), rows, weights = fgwt, ties = "breslow",
               control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50))
  curves <- lapply(0:2, function(w) summary(survfit(fit, person[w + 1, ], se.fit = FALSE, stype = 2, ctype = 1), times = times)$surv)
  robust <- cifreg(Event(exit, cause) ~ x + z + strata(ward), clinics, cause = cause, cens.model = ~strata(ward),
                   propodds = NULL)
  list(coef = unname(coef(fit)), loglik = fit$loglik, incidence = lapply(curves, function(s) 1 - as.vector(s)),
       mets_coef = unname(coef(robust)), mets_se = unname(sqrt(diag(vcov(robust)))))
}
results <- list(times = times, causes = lapply(1:2, by.cause))
writeLines(toJSON(results, digits = NA, auto_unbox = TRUE, pretty = TRUE), "competing_strata.json")
packages <- c("survival", "mets", "jsonlite")
versions <- paste(packages, sapply(packages, function(p) format(packageVersion(p))))
writeLines(c(R.version.string, versions), "SESSION_competing_strata.txt")

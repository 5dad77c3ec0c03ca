# Writes the two data sets and what R's survival gives on them, beside this script:
#   survival_veteran.csv, survival_cgd.csv, survival.json, SESSION_survival.txt
# Run it in this folder: Rscript survival.R
suppressMessages({library(survival); library(jsonlite)})

veteran <- survival::veteran
veteran$celltype <- as.character(veteran$celltype)
veteran$weight <- 0.5 + (seq_len(nrow(veteran)) %% 5) / 4
veteran$entry <- pmin(veteran$time - 1, (seq_len(nrow(veteran)) %% 4) * 10)
cgd <- survival::cgd[, c("id", "center", "treat", "age", "inherit", "steroids", "tstart", "tstop", "status")]
cgd$inherit <- tolower(cgd$inherit)  # sorts alike in every language
cgd$center <- as.integer(factor(cgd$center))
write.csv(veteran, "survival_veteran.csv", row.names = FALSE)
write.csv(cgd, "survival_cgd.csv", row.names = FALSE)
veteran <- read.csv("survival_veteran.csv")
cgd <- read.csv("survival_cgd.csv")

model <- function(fit) {
  list(coef = as.list(coef(fit)), se = unname(sqrt(diag(vcov(fit)))), loglik = fit$loglik, score = fit$score,
       wald = unname(fit$wald.test))
}
curve <- function(fit, times) {
  s <- summary(fit, times = times, extend = TRUE)
  names <- if (is.null(s$strata)) rep("all", length(s$time)) else sub("^[^=]*=", "", as.character(s$strata))
  data.frame(stratum = names, time = s$time, estimate = s$surv, std_error = s$std.err, conf_low = s$lower,
             conf_high = s$upper, n_at_risk = s$n.risk, n_event = s$n.event, n_censored = s$n.censor,
             cumhaz = s$cumhaz, cumhaz_error = s$std.chaz)
}
quantiles <- function(fit) lapply(quantile(fit, c(0.25, 0.5, 0.75)), function(q) as.vector(t(q)))
proportional <- function(fit) lapply(c(km = "km", rank = "rank", identity = "identity"), function(g) {
  z <- cox.zph(fit, transform = g)$table
  list(term = rownames(z), statistic = unname(z[, "chisq"]), df = unname(z[, "df"]), p_value = unname(z[, "p"]))
})

days <- c(1, 30, 100, 180, 365, 600)
tight <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
fit <- function(formula, data, ...) suppressWarnings(do.call(coxph, list(formula, data = data, control = tight, ...)))
surv <- Surv(veteran$time, veteran$status)
by_cell <- function(conf) survfit(Surv(time, status) ~ celltype, veteran, conf.type = conf)
prior <- fit(Surv(time, status) ~ trt + celltype + karno, veteran)
late <- survfit(Surv(entry, time, status) ~ trt, veteran, conf.type = "log-log")
area <- summary(survfit(Surv(time, status) ~ trt, veteran), rmean = 300)$table

veteran_results <- list(
  curves = lapply(list("log-log" = "log-log", log = "log", plain = "plain"), function(k) curve(by_cell(k), days)),
  quantiles = lapply(list("log-log" = "log-log", log = "log", plain = "plain"), function(k) quantiles(by_cell(k))),
  late_entry = curve(late, days[-1]),
  restricted_mean = list(estimate = unname(area[, "rmean"]), std_error = unname(area[, "se(rmean)"])),
  log_rank = survdiff(surv ~ celltype, veteran)$chisq,
  log_rank_strata = survdiff(surv ~ celltype + strata(trt), veteran)$chisq,
  peto = survdiff(surv ~ celltype, veteran, rho = 1)$chisq,
  efron = model(prior),
  breslow = model(fit(Surv(time, status) ~ trt + celltype + karno, veteran, ties = "breslow")),
  weighted = model(fit(Surv(time, status) ~ trt + karno, veteran, weights = veteran$weight)),
  strata = model(fit(Surv(time, status) ~ trt + karno + strata(celltype), veteran)),
  late_strata = model(fit(Surv(entry, time, status) ~ trt + karno + strata(celltype), veteran)),
  proportional = proportional(prior),
  proportional_late_strata = proportional(fit(Surv(entry, time, status) ~ trt + karno + strata(celltype), veteran))
)
cgd_formula <- Surv(tstart, tstop, status) ~ treat + age + inherit
cgd_results <- list(
  robust = model(fit(cgd_formula, cgd, cluster = cgd$id)),
  robust_strata = model(fit(update(cgd_formula, . ~ . + strata(center)), cgd, cluster = cgd$id)),
  robust_breslow = model(fit(cgd_formula, cgd, cluster = cgd$center, ties = "breslow")),
  proportional = proportional(fit(cgd_formula, cgd, cluster = cgd$id))
)
results <- list(veteran = veteran_results, cgd = cgd_results)
writeLines(toJSON(results, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "survival.json")
versions <- paste(c("survival", "jsonlite"), sapply(c("survival", "jsonlite"), function(p) format(packageVersion(p))))
writeLines(c(R.version.string, versions), "SESSION_survival.txt")

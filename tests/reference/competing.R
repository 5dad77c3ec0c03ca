# Writes the data sets and what R's survival, cmprsk and mets give on them, beside this script:
#   competing_mgus2.csv, competing_bmt.csv, competing_made.csv, competing_clusters.csv, competing.json,
#   SESSION_competing.txt
# Run it in this folder: Rscript competing.R
suppressMessages({library(survival); library(cmprsk); library(KMsurv); library(mets); library(jsonlite)})

write.table.of <- function(table, name) {
  write.csv(table, name, row.names = FALSE, quote = FALSE)
  read.csv(name)
}
mgus2 <- within(survival::mgus2, {
  exit <- ifelse(pstat == 1, ptime, futime)
  cause <- ifelse(pstat == 1, 1, 2 * death)
  entry <- pmin(exit - 1, (seq_along(exit) %% 5) * 6)
})
mgus2 <- write.table.of(mgus2[, c("id", "age", "sex", "mspike", "entry", "exit", "cause")], "competing_mgus2.csv")

data(bmt, package = "KMsurv")
bmt <- with(bmt, data.frame(exit = t2, cause = ifelse(d2 == 1, 1, ifelse(d3 == 1, 2, 0)), group = group, donor = z1,
                            waiting = z7, fab = z8, hospital = z9))
bmt <- write.table.of(bmt, "competing_bmt.csv")

set.seed(20)
n <- 400
made <- data.frame(group = sample(c("a", "b", "c"), n, TRUE, c(0.5, 0.3, 0.2)), site = sample(1:4, n, TRUE),
                   x = round(rnorm(n), 3), z = rbinom(n, 1, 0.4))
days <- rexp(n, 0.02 * exp(0.4 * made$x - 0.3 * made$z))
leaves <- pmin(runif(n, 5, 120), 90)
made$cause <- ifelse(days <= leaves, sample(1:3, n, TRUE, c(0.5, 0.3, 0.2)), 0)
made$exit <- ceiling(pmin(days, leaves) / 3)  # many ties, of events of all kinds with one another and with censoring
made$entry <- pmin(made$exit - 1, seq_len(n) %% 7)
made <- write.table.of(made, "competing_made.csv")

n <- 240  # no ties, so that the programs cannot differ in them
clusters <- data.frame(clinic = rep(1:40, each = 6), x = round(rnorm(n), 3), z = rbinom(n, 1, 0.5))
days <- rexp(n, 0.01 * exp(0.5 * clusters$x + rep(rnorm(40, sd = 0.5), each = 6)))
leaves <- runif(n, 20, 300)
clusters$exit <- round(pmin(days, leaves), 5)
clusters$cause <- ifelse(days <= leaves, 1 + rbinom(n, 1, 0.4), 0)
clusters <- write.table.of(clusters, "competing_clusters.csv")

curve <- function(fit, times) {
  s <- summary(fit, times = times, extend = TRUE)
  names <- if (is.null(s$strata)) rep("all", length(s$time)) else sub("^[^=]*=", "", as.character(s$strata))
  do.call(rbind, lapply(seq_along(s$states)[-1], function(k) {
    data.frame(stratum = names, event = s$states[k], time = s$time, estimate = s$pstate[, k],
               std_error = s$std.err[, k], conf_low = s$lower[, k], conf_high = s$upper[, k])
  }))
}
incidence <- function(fit, times) {
  points <- timepoints(fit[names(fit) != "Tests"], times)
  do.call(rbind, lapply(rownames(points$est), function(name) {
    data.frame(stratum = sub(" [^ ]*$", "", name), event = sub("^.* ", "", name), time = times,
               estimate = unname(points$est[name, ]), variance = unname(points$var[name, ]))
  }))
}
tests <- function(fit) data.frame(cause = rownames(fit$Tests), statistic = fit$Tests[, "stat"],
                                  df = fit$Tests[, "df"], p_value = fit$Tests[, "pv"])
regression <- function(table, cause, x, at) {
  fit <- crr(table$exit, table$cause, x, failcode = cause, gtol = 1e-12, maxiter = 50)
  p <- predict(fit, at)
  keep <- round(seq(1, nrow(p), length.out = 6))
  list(coef = unname(fit$coef), vcov = unname(fit$var), loglik = fit$loglik, loglik_null = fit$loglik.null,
       times = p[keep, 1], incidence = unname(p[keep, -1, drop = FALSE]))
}
state <- function(cause) factor(cause, 0:max(cause), c("censored", seq_len(max(cause))))
kinds <- list("log-log" = "log-log", log = "log", plain = "plain")

mgus2$state <- state(mgus2$cause)
bmt$state <- state(bmt$cause)
made$state <- state(made$cause)
made$id <- seq_len(nrow(made))
made$any <- as.integer(made$cause > 0)
split <- survSplit(Surv(entry, exit, any) ~ ., made[, c("id", "group", "entry", "exit", "any", "cause")], cut = c(4, 11))
split$state <- factor(ifelse(split$any == 1, split$cause, 0), 0:3, c("censored", 1:3))

months <- c(6, 60, 120, 240, 360)
weeks <- c(1, 3, 7, 15, 25)
whole <- mgus2[!is.na(mgus2$mspike), ]
results <- list(
  mgus2 = list(
    curves = lapply(kinds, function(k) curve(survfit(Surv(exit, state) ~ sex, mgus2, conf.type = k), months)),
    late = curve(survfit(Surv(entry, exit, state) ~ sex, mgus2, id = id, conf.type = "log-log"), months),
    aalen = incidence(with(mgus2, cuminc(exit, cause, sex)), months),
    gray = tests(with(mgus2, cuminc(exit, cause, sex))),
    gray_rho = tests(with(mgus2, cuminc(exit, cause, sex, rho = 1))),
    crr = lapply(1:2, function(k) regression(whole, k, with(whole, cbind(age, sexM = sex == "M", mspike)),
                                             rbind(c(60, 0, 1), c(80, 1, 2))))
  ),
  bmt = list(
    curves = curve(survfit(Surv(exit, state) ~ group, bmt, conf.type = "log-log"), c(100, 365, 730, 2000)),
    aalen = incidence(with(bmt, cuminc(exit, cause, group)), c(100, 365, 730, 2000)),
    gray = tests(with(bmt, cuminc(exit, cause, group))),
    gray_strata = tests(with(bmt, cuminc(exit, cause, group, strata = hospital))),
    crr = lapply(1:2, function(k) regression(bmt, k, with(bmt, cbind(group == 2, group == 3, donor, fab)),
                                             rbind(c(0, 0, 30, 1), c(1, 0, 20, 0))))
  ),
  made = list(
    curves = curve(survfit(Surv(exit, state) ~ group, made, conf.type = "log-log"), weeks),
    late = curve(survfit(Surv(entry, exit, state) ~ group, made, id = id, conf.type = "log-log"), weeks),
    cut = curve(survfit(Surv(entry, exit, state) ~ group, split, id = id, conf.type = "log-log"), weeks),
    gray = tests(with(made, cuminc(exit, cause, group))),
    gray_strata = tests(with(made, cuminc(exit, cause, group, strata = site, rho = 0.5))),
    crr = lapply(1:3, function(k) regression(made, k, with(made, cbind(x, z)), rbind(c(0, 0), c(1, 1))))
  ),
  clusters = summary(cifreg(Event(exit, cause) ~ x + z + cluster(clinic), clusters, cause = 1,
                            propodds = NULL))$coef[, c("Estimate", "S.E.")]
)
writeLines(toJSON(results, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "competing.json")
packages <- c("survival", "cmprsk", "mets", "KMsurv", "jsonlite")
versions <- paste(packages, sapply(packages, function(p) format(packageVersion(p))))
writeLines(c(R.version.string, versions), "SESSION_competing.txt")

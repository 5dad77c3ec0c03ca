# Writes data sets and what R's survival (and plain R, where said) gives on them, beside this script:
#   intervals_bcdeter.csv, intervals_visits.csv, intervals_kidney.csv, intervals_rats.csv, intervals_bladder2.csv,
#   intervals.json, SESSION_intervals.txt
# It reads survival_veteran.csv and survival_cgd.csv, which survival.R writes. Run it in this folder: Rscript intervals.R
suppressMessages({library(survival); library(KMsurv); library(jsonlite)})

keep <- function(table, name) {
  write.csv(table, name, row.names = FALSE, quote = FALSE, na = "")
  read.csv(name)
}
data(bcdeter, package = "KMsurv")
bcdeter <- keep(with(bcdeter, data.frame(left = lower, right = ifelse(is.finite(upper), upper, NA), treat = treat)),
                "intervals_bcdeter.csv")
kidney <- keep(survival::kidney[, c("id", "time", "status", "age", "sex")], "intervals_kidney.csv")
rats <- keep(within(survival::rats, sex <- as.integer(sex == "f")), "intervals_rats.csv")
bladder2 <- keep(survival::bladder2[, c("id", "rx", "number", "size", "start", "stop", "event", "enum")],
                 "intervals_bladder2.csv")
veteran <- read.csv("survival_veteran.csv")
cgd <- read.csv("survival_cgd.csv")

# veteran as visits every 30 days would have seen it, some of them missed
set.seed(9)
grid <- seq(30, 600, by = 30)
seen <- do.call(rbind, lapply(seq_len(nrow(veteran)), function(i) {
  came <- grid[runif(length(grid)) > 0.2 & (veteran$status[i] == 1 | grid <= veteran$time[i])]
  after <- came[came >= veteran$time[i]]
  data.frame(left = max(0, came[came < veteran$time[i]]), right = if (length(after) && veteran$status[i] == 1) min(after) else NA)
}))
visits <- keep(cbind(seen, veteran[, c("trt", "karno", "prior")]), "intervals_visits.csv")

# An exact time is a very short interval
open <- function(left, right) ifelse(left == right, left - 1e-9, left)
# The most likely masses by plain self-consistency (EM) on half-open intervals, started from equal masses
masses <- function(left, right, steps = 2e5) {
  right[is.na(right)] <- Inf
  left <- open(left, right)
  ends <- sort(unique(c(left, right)))
  lower <- head(ends, -1); upper <- ends[-1]
  covers <- outer(left, lower, "<=") & outer(right, upper, ">=")
  p <- rep(1 / length(lower), length(lower))
  for (s in seq_len(steps)) {
    new <- p * colMeans(covers / drop(covers %*% p))
    if (max(abs(new - p)) < 1e-15) break
    p <- new
  }
  data.frame(time = upper, survival = pmax(0, 1 - cumsum(p)))[is.finite(upper), ]
}
# Proportional hazards with a free baseline by a general optimiser over all increments of the cumulative hazard
hazards <- function(left, right, x) {
  right[is.na(right)] <- Inf
  left <- open(left, right)
  ends <- sort(unique(c(left, right)))
  ends <- ends[ends > 0]
  last <- max(left) # beyond the last look of anybody the hazard is without bound
  inner <- ends[ends <= last]
  k <- ncol(x)
  minus <- function(par) {
    hazard <- c(0, cumsum(exp(par[-seq_len(k)])))
    at <- function(t) hazard[findInterval(t, inner) + 1]
    risk <- drop(exp(x %*% par[seq_len(k)]))
    end <- ifelse(right > last, Inf, at(pmin(right, last)))
    -sum(log(exp(-risk * at(left)) - exp(-risk * end)))
  }
  best <- list(par = c(rep(0, k), rep(log(1 / length(inner)), length(inner))))
  for (again in 1:20) best <- nlminb(best$par, minus, control = list(eval.max = 1e5, iter.max = 1e5, rel.tol = 1e-15, x.tol = 0))
  list(coef = best$par[seq_len(k)], loglik = -best$objective)
}
# On the common grid of visits the same model is a binomial one of person-periods, were no visit missed
complete <- transform(veteran, right = ifelse(status == 1 & time <= 600, ceiling(time / 30) * 30, NA))
complete$left <- ifelse(is.na(complete$right), pmin(floor(complete$time / 30) * 30, 600), complete$right - 30)
periods <- do.call(rbind, lapply(seq_len(nrow(complete)), function(i) {
  row <- complete[i, ]
  to <- if (is.na(row$right)) row$left else row$right
  if (to == 0) return(NULL)
  at <- seq(30, to, by = 30)
  data.frame(at = at, y = as.integer(at == to & !is.na(row$right)), trt = row$trt, karno = row$karno)
}))
busy <- periods[periods$at %in% unique(periods$at[periods$y == 1]), ]
cloglog <- glm(y ~ factor(at) - 1 + trt + karno, binomial("cloglog"), busy,
               control = glm.control(epsilon = 1e-14, maxit = 100))

life <- function(formula, data, dist) {
  fit <- survreg(formula, data, dist = dist, control = survreg.control(rel.tolerance = 1e-13, maxiter = 200))
  list(coef = unname(coef(fit)), scale = fit$scale, vcov = unname(vcov(fit)), loglik = fit$loglik)
}
laws <- c(weibull = "weibull", exponential = "exponential", lognormal = "lognormal", loglogistic = "loglogistic")
all_laws <- function(formula, data) lapply(laws, function(dist) life(formula, data, dist))

tight <- coxph.control(eps = 1e-11, toler.chol = 1e-13, iter.max = 200, outer.max = 200)
shared <- function(formula, data, ties = "efron") {
  fit <- suppressWarnings(coxph(formula, data, control = tight, ties = ties))
  h <- fit$history[[1]]
  # not sparse, so that the frailties are coefficients and the information is whole
  list(coef = unname(fit$coefficients), se = unname(sqrt(diag(as.matrix(fit$var)))), theta = h$theta, loglik = h$c.loglik)
}
visit_x <- as.matrix(visits[, c("trt", "karno")])

recurrent <- function(formula) {
  fit <- coxph(formula, bladder2, cluster = id, control = coxph.control(eps = 1e-12, iter.max = 50))
  list(coef = unname(coef(fit)), robust = unname(sqrt(diag(vcov(fit)))), naive = unname(sqrt(diag(fit$naive.var))),
       loglik = fit$loglik)
}
mean_count <- survfit(Surv(start, stop, event) ~ rx, bladder2, id = id)
months <- summary(mean_count, times = c(3, 6, 12, 24, 36, 48))

results <- list(
  turnbull = list(rad = with(subset(bcdeter, treat == 1), masses(left, right)),
                  chemo = with(subset(bcdeter, treat == 2), masses(left, right)),
                  visits = with(visits, masses(left, right))),
  interval_cox = list(bcdeter = with(bcdeter, hazards(left, right, cbind(as.numeric(treat == 2)))),
                      visits = with(visits, hazards(left, right, visit_x / rep(c(1, 100), each = nrow(visits))))),
  cloglog = list(coef = as.list(coef(cloglog)[c("trt", "karno")]), se = unname(sqrt(diag(vcov(cloglog))))[-(1:(length(coef(cloglog)) - 2))],
                 loglik = as.numeric(logLik(cloglog))),
  parametric = list(
    veteran = all_laws(Surv(time, status) ~ trt + celltype + karno, veteran),
    alone = all_laws(Surv(time, status) ~ 1, veteran),
    visits = all_laws(Surv(left, right, type = "interval2") ~ trt + karno + prior, transform(visits, left = ifelse(left == 0, NA, left))),
    bcdeter = all_laws(Surv(left, right, type = "interval2") ~ factor(treat), transform(bcdeter, left = ifelse(left == 0, NA, left)))
  ),
  frailty = list(
    kidney = shared(Surv(time, status) ~ age + sex + frailty(id, distribution = "gamma", sparse = FALSE, eps = 1e-11), kidney),
    kidney_breslow = shared(Surv(time, status) ~ age + sex + frailty(id, distribution = "gamma", sparse = FALSE, eps = 1e-11), kidney, "breslow"),
    rats = shared(Surv(time, status) ~ rx + frailty(litter, distribution = "gamma", sparse = FALSE, eps = 1e-11),
                  subset(rats, sex == 1)),
    cgd = shared(Surv(tstart, tstop, status) ~ I(as.integer(treat == "rIFN-g")) + age +
                   frailty(id, distribution = "gamma", sparse = FALSE, eps = 1e-11), cgd)
  ),
  recurrent = list(
    ag = recurrent(Surv(start, stop, event) ~ rx + size + number),
    pwp_total = recurrent(Surv(start, stop, event) ~ rx + size + number + strata(enum)),
    pwp_gap = recurrent(Surv(stop - start, event) ~ rx + size + number + strata(enum)),
    mean_count = data.frame(stratum = sub("rx=", "", months$strata), time = months$time, estimate = months$cumhaz,
                            std_error = months$std.chaz)
  )
)
writeLines(toJSON(results, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "intervals.json")
versions <- paste(c("survival", "KMsurv", "jsonlite"), sapply(c("survival", "KMsurv", "jsonlite"), function(p) format(packageVersion(p))))
writeLines(c(R.version.string, versions), "SESSION_intervals.txt")

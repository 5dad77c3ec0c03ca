# Writes what R gives for survival at a fixed day, life tables, hazards in periods and weights for being lost:
#   discrete.json, SESSION_discrete.txt
# Run it in this folder, after textbook.R and survival.R, whose sets it reads: Rscript discrete.R
suppressMessages({library(survival); library(KMsurv); library(jsonlite)})

lung <- read.csv("textbook_lung.csv")
veteran <- read.csv("survival_veteran.csv")

# Klein and others (2007), section 2: shares on a day, transformed, and the quadratic form of their differences.
transforms <- list(
  "plain" = list(f = function(s) s, d = function(s) 1),
  "log" = list(f = log, d = function(s) 1 / s),
  "log-log" = list(f = function(s) log(-log(s)), d = function(s) 1 / (s * log(s))),
  "logit" = list(f = qlogis, d = function(s) 1 / (s * (1 - s))),
  "arcsine" = list(f = function(s) asin(sqrt(s)), d = function(s) 1 / (2 * sqrt(s * (1 - s))))
)
fixed_day <- function(formula, data, day) {
  read <- summary(survfit(formula, data = data, conf.type = "log-log"), times = day)
  test <- function(one) {
    phi <- one$f(read$surv)
    v <- (one$d(read$surv) * read$std.err)^2
    k <- length(phi)
    contrast <- cbind(-1, diag(k - 1))
    gap <- contrast %*% phi
    statistic <- as.numeric(t(gap) %*% solve(contrast %*% diag(v) %*% t(contrast)) %*% gap)
    list(statistic = statistic, df = k - 1, p = pchisq(statistic, k - 1, lower.tail = FALSE))
  }
  list(surv = read$surv, se = read$std.err, lower = read$lower, upper = read$upper, tests = lapply(transforms, test))
}

table_of <- function(data, cuts) {
  within <- function(rows) as.numeric(table(cut(data$time[rows], c(0, cuts), include.lowest = TRUE)))
  lost <- within(data$died == 0)
  found <- lifetab(c(0, cuts), nrow(data), lost, within(data$died == 1))
  as.list(found)
}

# One row is a participant in a period seen to its end, or in which the event came.
ends <- c(15, 30, 60, 90, 120, 180, 400)
people <- veteran[, c("time", "status", "trt", "karno", "celltype")]
periods <- do.call(rbind, lapply(seq_len(nrow(people)), function(i) {
  one <- people[i, ]
  last <- sum(ends < one$time) + 1
  if (one$status == 0) last <- sum(ends <= one$time)
  last <- min(last, length(ends))
  if (last == 0) return(NULL)
  happened <- one$status == 1 && one$time <= max(ends) && last == sum(ends < one$time) + 1
  data.frame(id = i, period = seq_len(last), event = as.integer(seq_len(last) == last & happened), one[c("trt", "karno", "celltype")], row.names = NULL)
}))
exact <- glm.control(epsilon = 1e-14, maxit = 100)
hazards <- function(link) {
  fit <- glm(event ~ 0 + factor(period) + trt + karno + celltype, binomial(link), periods, control = exact)
  x <- model.matrix(fit)
  # Summed scores of each trial arm, and the sandwich with them.
  eta <- fit$linear.predictors
  mu <- fit$fitted.values
  score <- x * (fit$family$mu.eta(eta) * (periods$event - mu) / (mu * (1 - mu)))
  summed <- rowsum(score, periods$id %% 20)
  robust <- vcov(fit) %*% crossprod(summed) %*% vcov(fit)
  list(coef = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))), robust_se = unname(sqrt(diag(robust))),
       loglik = as.numeric(logLik(fit)), rows = nrow(periods))
}

# Everybody who was censored in lung is taken for lost.
lung$id <- seq_len(nrow(lung))
lung$lost <- 1 - lung$died
halves <- survSplit(Surv(time, died) ~ id + age + sex + lost, lung, cut = seq(50, 1000, 50), start = "entry")
halves <- halves[order(halves$id, halves$entry), ]
final <- !duplicated(halves$id, fromLast = TRUE)
halves$gone <- ifelse(final, halves$lost, 0)
tight <- coxph.control(eps = 1e-12, iter.max = 100)
away <- coxph(Surv(entry, time, gone) ~ age + sex, halves, ties = "breslow", control = tight)
step <- function(times, values) stepfun(times, c(0, values))
base <- basehaz(away, centered = FALSE)
overall <- survfit(Surv(time, lost) ~ 1, lung)
given <- step(base$time, base$hazard)(halves$entry) * exp(as.matrix(halves[c("age", "sex")]) %*% coef(away))
halves$raw <- as.numeric(exp(given))
halves$stable <- halves$raw * exp(-step(overall$time, cumsum(overall$n.event / overall$n.risk))(halves$entry))
weighted <- coxph(Surv(entry, time, died) ~ age + sex, halves, weights = stable, cluster = id, control = tight)
weights <- list(raw = halves$raw, stable = halves$stable, coef = as.list(coef(weighted)), se = sqrt(diag(vcov(weighted))))

results <- list(
  fixed_day = list(lung = fixed_day(Surv(time, died) ~ sex, lung, 300), veteran = fixed_day(Surv(time, status) ~ celltype, veteran, 90)),
  life_table = table_of(lung, c(90, 180, 270, 365, 545, 730)),
  hazards = list(logit = hazards("logit"), cloglog = hazards("cloglog")),
  weights = weights
)
write_json(results, "discrete.json", digits = NA, auto_unbox = TRUE, na = "null")
packages <- c("survival", "KMsurv", "jsonlite")
writeLines(c(R.version.string, paste(packages, sapply(packages, function(p) format(packageVersion(p))))), "SESSION_discrete.txt")

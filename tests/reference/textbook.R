# Writes the sets of textbooks that R ships and what R's survival gives on them, beside this script:
#   textbook_*.csv, textbook.json, SESSION_textbook.txt
# Run it in this folder: Rscript textbook.R
# Each model, curve and test keeps the call of ours that it is compared with.
suppressMessages({library(survival); library(jsonlite)})

keep <- function(data, columns) {
  data <- data[, columns]
  names(data) <- gsub(".", "_", names(data), fixed = TRUE)
  for (j in names(data)) if (is.factor(data[[j]])) data[[j]] <- as.character(data[[j]])
  data
}
channing <- subset(boot::channing, entry < exit)
channing$cens <- as.integer(channing$cens)
chain <- survival::flchain[seq(1, nrow(survival::flchain), by = 9), ]
cohort <- subset(survival::nwtco, in.subcohort | rel == 1)
# A case-cohort study: all relapses, and a sample of the others that counts for more.
others <- subset(survival::nwtco, rel == 0)
cohort$weight <- ifelse(cohort$rel == 1, 1, nrow(others) / sum(others$in.subcohort))
cancer <- survival::lung
cancer$died <- cancer$status - 1
cancer$weight <- 0.3 + (seq_len(nrow(cancer)) %% 7) / 5
liver <- survival::pbc[1:312, ]
liver$died <- as.integer(liver$status == 2)
waiting <- survival::transplant
hearts <- survival::heart
hearts$transplant <- as.integer(as.character(hearts$transplant))

sets <- list(
  lung = keep(cancer, c("inst", "time", "died", "age", "sex", "ph.ecog", "ph.karno", "wt.loss", "weight")),
  ovarian = keep(survival::ovarian, c("futime", "fustat", "age", "resid.ds", "rx", "ecog.ps")),
  colon = keep(survival::colon, c("id", "rx", "sex", "age", "obstruct", "nodes", "status", "extent", "node4", "time", "etype")),
  heart = keep(hearts, c("id", "start", "stop", "event", "age", "year", "surgery", "transplant")),
  rats = keep(survival::rats, c("litter", "rx", "time", "status", "sex")),
  flchain = keep(chain, c("age", "sex", "flc.grp", "futime", "death")),
  nwtco = keep(cohort, c("seqno", "histol", "stage", "edrel", "rel", "age", "weight")),
  pbc = keep(liver, c("time", "status", "died", "trt", "age", "sex", "edema", "bili", "albumin", "protime", "stage")),
  kidney = keep(survival::kidney, c("id", "time", "status", "age", "sex", "disease")),
  diabetic = keep(survival::diabetic, c("id", "trt", "laser", "age", "risk", "time", "status")),
  gbsg = keep(survival::gbsg, c("age", "meno", "size", "grade", "nodes", "pgr", "hormon", "rfstime", "status")),
  channing = keep(channing, c("sex", "entry", "exit", "cens")),
  transplant = keep(waiting, c("age", "abo", "futime", "event")),
  aml = keep(survival::aml, c("time", "status", "x")),
  gehan = keep(MASS::gehan, c("pair", "time", "cens", "treat"))
)
for (name in names(sets)) {
  write.csv(sets[[name]], paste0("textbook_", name, ".csv"), row.names = FALSE)
  sets[[name]] <- read.csv(paste0("textbook_", name, ".csv"), stringsAsFactors = FALSE)
}

tight <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
proportional <- function(fit) lapply(c(km = "km", rank = "rank", identity = "identity", log = "log"), function(g) {
  z <- cox.zph(fit, transform = if (g == "log") log else g)$table
  list(statistic = unname(z[, "chisq"]), df = unname(z[, "df"]), p_value = unname(z[, "p"]))
})
# formula: R's; ours: the same for remission.estimate.cox, with its options.
model <- function(set, formula, ours, ..., weights = NULL, cluster = NULL, test = TRUE) {
  data <- sets[[set]]
  call <- list(as.formula(formula), data = data, control = tight, ...)
  if (!is.null(weights)) call$weights <- data[[weights]]
  if (!is.null(cluster)) call$cluster <- data[[cluster]]
  options(warn = 1)
  fit <- suppressWarnings(do.call(coxph, call))
  list(set = set, ours = ours, n = fit$n, nevent = fit$nevent, coef = unname(coef(fit)),
       se = unname(sqrt(diag(vcov(fit)))),
       naive = unname(sqrt(diag(if (is.null(fit$naive.var)) vcov(fit) else fit$naive.var))),
       loglik = fit$loglik, score = unname(fit$score), wald = unname(fit$wald.test),
       proportional = if (test) proportional(fit) else NULL)
}
plain <- function(names) sub("^[^=]*=", "", names)
curve <- function(set, formula, ours, times) {
  one <- function(conf) {
    fit <- survfit(as.formula(formula), sets[[set]], conf.type = conf)
    s <- summary(fit, times = times, extend = TRUE)
    q <- lapply(quantile(fit, c(0.25, 0.5, 0.75)), function(q) as.vector(t(q)))
    list(stratum = plain(as.character(s$strata)), time = s$time, estimate = s$surv, std_error = s$std.err,
         conf_low = s$lower, conf_high = s$upper, n_at_risk = s$n.risk, n_event = s$n.event,
         cumhaz = s$cumhaz, cumhaz_error = s$std.chaz, quantiles = q)
  }
  list(set = set, ours = ours, times = times,
       limits = lapply(list("log-log" = "log-log", log = "log", plain = "plain"), one))
}
test <- function(set, formula, ours, rho = 0) {
  d <- survdiff(as.formula(formula), sets[[set]], rho = rho)
  list(set = set, ours = ours, chisq = d$chisq, df = NROW(d$exp) - 1,
       observed = if (is.matrix(d$obs)) rowSums(d$obs) else d$obs,
       expected = if (is.matrix(d$exp)) rowSums(d$exp) else d$exp)
}
incidence <- function(set, formula, ours, times) {
  fit <- survfit(as.formula(formula), sets[[set]], conf.type = "log-log")
  s <- summary(fit, times = times, extend = TRUE)
  causes <- fit$states[-1]
  strata <- if (is.null(s$strata)) rep("all", length(s$time)) else plain(as.character(s$strata))
  rows <- do.call(rbind, lapply(seq_along(causes), function(k) data.frame(
    stratum = strata, event = causes[k], time = s$time, estimate = s$pstate[, k + 1], std_error = s$std.err[, k + 1],
    conf_low = s$lower[, k + 1], conf_high = s$upper[, k + 1])))
  list(set = set, ours = ours, times = times, rows = rows)
}

models <- list(
  lung = model("lung", "Surv(time, died) ~ age + sex + ph_ecog + wt_loss", list(formula = "Event(time, died) ~ age + sex + ph_ecog + wt_loss")),
  lung_breslow = model("lung", "Surv(time, died) ~ age + sex + ph_ecog", list(formula = "Event(time, died) ~ age + sex + ph_ecog", ties = "breslow"), ties = "breslow"),
  lung_strata = model("lung", "Surv(time, died) ~ age + ph_karno + strata(sex)", list(formula = "Event(time, died) ~ age + ph_karno", strata = "sex")),
  lung_many_strata = model("lung", "Surv(time, died) ~ age + sex + strata(inst)", list(formula = "Event(time, died) ~ age + sex", strata = "inst")),
  lung_weighted = model("lung", "Surv(time, died) ~ age + sex", list(formula = "Event(time, died) ~ age + sex", weights = "weight"), weights = "weight", robust = TRUE),
  lung_weighted_breslow = model("lung", "Surv(time, died) ~ age + sex", list(formula = "Event(time, died) ~ age + sex", weights = "weight", ties = "breslow"), weights = "weight", ties = "breslow", robust = TRUE),
  ovarian = model("ovarian", "Surv(futime, fustat) ~ age + rx", list(formula = "Event(futime, fustat) ~ age + rx")),
  ovarian_strata = model("ovarian", "Surv(futime, fustat) ~ age + ecog_ps + strata(rx)", list(formula = "Event(futime, fustat) ~ age + ecog_ps", strata = "rx")),
  colon_marginal = model("colon", "Surv(time, status) ~ rx + sex + age + node4 + strata(etype)", list(formula = "Event(time, status) ~ C(rx) + sex + age + node4", strata = "etype", cluster = "id"), cluster = "id"),
  colon_missing = model("colon", "Surv(time, status) ~ nodes + extent + obstruct", list(formula = "Event(time, status) ~ nodes + extent + obstruct", cluster = "id", ties = "breslow"), cluster = "id", ties = "breslow"),
  heart = model("heart", "Surv(start, stop, event) ~ age + year + surgery + transplant", list(formula = "Event(start, stop, event) ~ age + year + surgery + transplant")),
  heart_interaction = model("heart", "Surv(start, stop, event) ~ (age + surgery) * transplant", list(formula = "Event(start, stop, event) ~ (age + surgery) * transplant", cluster = "id"), cluster = "id"),
  heart_breslow = model("heart", "Surv(start, stop, event) ~ age + year + strata(surgery)", list(formula = "Event(start, stop, event) ~ age + year", strata = "surgery", ties = "breslow"), ties = "breslow"),
  rats = model("rats", "Surv(time, status) ~ rx + sex", list(formula = "Event(time, status) ~ rx + C(sex)", cluster = "litter"), cluster = "litter"),
  rats_strata = model("rats", "Surv(time, status) ~ rx + strata(sex)", list(formula = "Event(time, status) ~ rx", strata = "sex", cluster = "litter", ties = "breslow"), cluster = "litter", ties = "breslow"),
  flchain = model("flchain", "Surv(futime, death) ~ age + sex + flc_grp", list(formula = "Event(futime, death) ~ age + C(sex) + flc_grp")),
  nwtco = model("nwtco", "Surv(edrel, rel) ~ factor(stage) + histol + age", list(formula = "Event(edrel, rel) ~ C(stage) + histol + age", weights = "weight", cluster = "seqno"), weights = "weight", cluster = "seqno"),
  pbc = model("pbc", "Surv(time, died) ~ age + edema + log(bili) + log(protime) + log(albumin)", list(formula = "Event(time, died) ~ age + edema + log(bili) + log(protime) + log(albumin)")),
  pbc_strata = model("pbc", "Surv(time, died) ~ trt + log(bili) + strata(stage, sex)", list(formula = "Event(time, died) ~ trt + log(bili)", strata = c("stage", "sex"), ties = "breslow"), ties = "breslow"),
  kidney = model("kidney", "Surv(time, status) ~ age + sex + disease", list(formula = "Event(time, status) ~ age + sex + C(disease)", cluster = "id"), cluster = "id"),
  diabetic = model("diabetic", "Surv(time, status) ~ trt * laser + risk", list(formula = "Event(time, status) ~ trt * C(laser) + risk", cluster = "id"), cluster = "id", test = FALSE),
  gbsg = model("gbsg", "Surv(rfstime, status) ~ age + meno + size + factor(grade) + nodes + pgr + hormon", list(formula = "Event(rfstime, status) ~ age + meno + size + C(grade) + nodes + pgr + hormon")),
  channing = model("channing", "Surv(entry, exit, cens) ~ sex", list(formula = "Event(entry, exit, cens) ~ C(sex)")),
  gehan = model("gehan", "Surv(time, cens) ~ treat", list(formula = "Event(time, cens) ~ C(treat)")),
  gehan_pairs = model("gehan", "Surv(time, cens) ~ treat + strata(pair)", list(formula = "Event(time, cens) ~ C(treat)", strata = "pair"), test = FALSE)
)
curves <- list(
  lung = curve("lung", "Surv(time, died) ~ sex", list(by = "sex", exit = "time", event = "died"), c(0, 30, 180, 365, 500, 1000)),
  ovarian = curve("ovarian", "Surv(futime, fustat) ~ rx", list(by = "rx", exit = "futime", event = "fustat"), c(100, 300, 400, 600, 1100)),
  colon = curve("colon", "Surv(time, status) ~ rx", list(by = "rx", exit = "time", event = "status"), c(0, 100, 1000, 2000, 3000)),
  rats = curve("rats", "Surv(time, status) ~ rx", list(by = "rx", exit = "time", event = "status"), c(40, 60, 80, 100, 104)),
  flchain = curve("flchain", "Surv(futime, death) ~ sex", list(by = "sex", exit = "futime", event = "death"), c(0, 1000, 3000, 5000)),
  pbc = curve("pbc", "Surv(time, died) ~ trt", list(by = "trt", exit = "time", event = "died"), c(200, 1000, 2000, 4000)),
  gbsg = curve("gbsg", "Surv(rfstime, status) ~ hormon", list(by = "hormon", exit = "rfstime", event = "status"), c(200, 1000, 2000)),
  aml = curve("aml", "Surv(time, status) ~ x", list(by = "x", exit = "time", event = "status"), c(5, 9, 13, 23, 28, 48, 161)),
  gehan = curve("gehan", "Surv(time, cens) ~ treat", list(by = "treat", exit = "time", event = "cens"), c(1, 6, 10, 23, 35)),
  channing = curve("channing", "Surv(entry, exit, cens) ~ sex", list(by = "sex", entry = "entry", exit = "exit", event = "cens"), c(800, 850, 900, 1000, 1100))
)
tests <- list(
  lung = test("lung", "Surv(time, died) ~ sex", list(by = "sex", exit = "time", event = "died")),
  lung_peto = test("lung", "Surv(time, died) ~ ph_ecog", list(by = "ph_ecog", exit = "time", event = "died", weights = "peto"), 1),
  lung_strata = test("lung", "Surv(time, died) ~ sex + strata(ph_ecog)", list(by = "sex", strata = "ph_ecog", exit = "time", event = "died")),
  lung_half = test("lung", "Surv(time, died) ~ sex", list(by = "sex", exit = "time", event = "died", weights = "fleming-harrington", rho = 0.5), 0.5),
  colon = test("colon", "Surv(time, status) ~ rx + strata(etype)", list(by = "rx", strata = "etype", exit = "time", event = "status")),
  rats_peto_strata = test("rats", "Surv(time, status) ~ rx + strata(sex)", list(by = "rx", strata = "sex", exit = "time", event = "status", weights = "peto"), 1),
  pbc = test("pbc", "Surv(time, died) ~ stage", list(by = "stage", exit = "time", event = "died")),
  flchain = test("flchain", "Surv(futime, death) ~ flc_grp", list(by = "flc_grp", exit = "futime", event = "death")),
  gehan = test("gehan", "Surv(time, cens) ~ treat", list(by = "treat", exit = "time", event = "cens")),
  gehan_pairs = test("gehan", "Surv(time, cens) ~ treat + strata(pair)", list(by = "treat", strata = "pair", exit = "time", event = "cens")),
  aml = test("aml", "Surv(time, status) ~ x", list(by = "x", exit = "time", event = "status"))
)
sets$pbc$cause <- factor(sets$pbc$status, 0:2, c("0", "1", "2"))
sets$transplant$cause <- relevel(factor(sets$transplant$event), "censored")
incidences <- list(
  pbc = incidence("pbc", "Surv(time, cause) ~ trt", list(by = "trt", exit = "time", cause = "status"), c(500, 1000, 2000, 4000)),
  transplant = incidence("transplant", "Surv(futime, cause) ~ abo", list(by = "abo", exit = "futime", cause = "event"), c(0, 30, 100, 300, 1000))
)
results <- list(models = models, curves = curves, tests = tests, incidences = incidences)
write_json(results, "textbook.json", digits = NA, auto_unbox = TRUE, na = "null")
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("MASS", packageVersion("MASS")),
             paste("boot", packageVersion("boot")), paste("jsonlite", packageVersion("jsonlite"))), "SESSION_textbook.txt")

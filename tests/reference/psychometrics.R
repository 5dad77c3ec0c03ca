# Made-up answers, ratings and pairs of scores, and what base R gives on them: psychometrics.json, beside this script.
# The published numbers (psych) are in the reference folder; this adds missing answers, another level, pairs of scores.
# Run it in this folder: Rscript psychometrics.R
suppressMessages(library(jsonlite))
set.seed(20260501)

loads <- c(0.8, 0.7, 0.6, 0.5, 0.4, 0.7)
trait <- rnorm(80)
items <- sapply(loads, function(l) round(pmin(4, pmax(0, 2 + l * trait + sqrt(1 - l^2) * rnorm(80)))))
items[cbind(sample(80, 20), sample(6, 20, replace = TRUE))] <- NA
colnames(items) <- paste0("q", 1:6)

correlation <- cor(items, use = "pairwise")
squares <- function(l) sum((correlation - l %o% l)[lower.tri(correlation)]^2)
slope <- function(l) {
  residual <- correlation - l %o% l
  diag(residual) <- 0
  as.vector(-2 * residual %*% l)
}
fit <- optim(rep(0.5, 6), squares, slope, method = "BFGS", control = list(reltol = 1e-18, maxit = 10000))
loadings <- fit$par
covariance <- cov(items, use = "pairwise")
scaled <- cov2cor(covariance)
average <- mean(scaled[lower.tri(scaled)])
scale <- list(
  items = items, alpha = 6 / 5 * (1 - sum(diag(covariance)) / sum(covariance)), average = average,
  standardized = 6 * average / (1 + 5 * average), loadings = loadings,
  omega = sum(loadings)^2 / (sum(loadings)^2 + sum(1 - loadings^2)), squares = fit$value
)

truth <- rnorm(12, 50, 10)
ratings <- round(sapply(c(0, 3, -2), function(shift) truth + shift + rnorm(12, 0, 5)))
long <- data.frame(y = as.vector(ratings), target = gl(12, 1, 36), rater = gl(3, 12))
ms <- summary(aov(y ~ target + rater, long))[[1]][["Mean Sq"]]
within <- summary(aov(y ~ target, long))[[1]][["Mean Sq"]][2]
n <- 12; k <- 3; q <- 0.95  # level 0.90
icc <- c((ms[1] - within) / (ms[1] + (k - 1) * within),
         (ms[1] - ms[3]) / (ms[1] + (k - 1) * ms[3] + k * (ms[2] - ms[3]) / n),
         (ms[1] - ms[3]) / (ms[1] + (k - 1) * ms[3]))
one <- ms[1] / within / c(qf(q, n - 1, n * (k - 1)), 1 / qf(q, n * (k - 1), n - 1))
three <- ms[1] / ms[3] / c(qf(q, n - 1, (n - 1) * (k - 1)), 1 / qf(q, (n - 1) * (k - 1), n - 1))
fj <- ms[2] / ms[3]
inner <- n * (1 + (k - 1) * icc[2]) - k * icc[2]
v <- (k - 1) * (n - 1) * (k * icc[2] * fj + inner)^2 / ((n - 1) * (k * icc[2] * fj)^2 + inner^2)
up <- qf(q, n - 1, v); down <- qf(q, v, n - 1); rest <- k * ms[2] + (k * n - k - n) * ms[3]
two <- c(n * (ms[1] - up * ms[3]) / (up * rest + n * ms[1]), n * (down * ms[1] - ms[3]) / (rest + n * down * ms[1]))
single <- rbind((one - 1) / (one + k - 1), two, (three - 1) / (three + k - 1))
step_up <- function(x) k * x / (1 + (k - 1) * x)
agreement <- list(ratings = ratings, estimate = c(icc, step_up(icc)), low = c(single[, 1], step_up(single[, 1])),
                  high = c(single[, 2], step_up(single[, 2])))

first <- round(rnorm(40, 20, 6)); second <- first + round(rnorm(40, 0.5, 3))
pearson <- cor.test(first, second); moved <- t.test(second, first, paired = TRUE)
retest <- list(first = first, second = second, r = unname(pearson$estimate), r_interval = as.vector(pearson$conf.int),
               change = unname(moved$estimate), change_error = moved$stderr,
               change_interval = as.vector(moved$conf.int))

wilson <- lapply(list(c(0, 12), c(7, 20), c(15, 15)), function(x) {
  list(count = x[1], n = x[2], interval = as.vector(suppressWarnings(prop.test(x[1], x[2], correct = FALSE))$conf.int))
})
write_json(list(versions = list(R = R.version.string), scale = scale, agreement = agreement, retest = retest, wilson = wilson),
           "psychometrics.json", digits = NA, auto_unbox = TRUE, na = "null", matrix = "rowmajor")

# Writes what plain R and boot give for chains of regressions on made data, beside this script:
#   mediation_chain.csv, mediation.json, SESSION_mediation.txt
# Run it in this folder: Rscript mediation.R
suppressMessages({library(boot); library(jsonlite)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(41)
n <- 160
made <- data.frame(
  site = sample(c("a", "b", "c"), n, replace = TRUE), start = round(rnorm(n), 3), support = rbinom(n, 1, 0.5)
)
made <- within(made, {
  identification <- round(0.6 * support + 0.3 * start + rnorm(n), 3)
  identity <- round(0.5 * identification + 0.2 * support + 0.4 * (site == "b") + rnorm(n), 3)
  efficacy <- round(0.5 * identity + 0.1 * identification + 0.2 * start + rnorm(n), 3)
  wellbeing <- round(3 + 0.5 * efficacy + 0.3 * support + 0.2 * start + rnorm(n), 3)
  abstinent <- rbinom(n, 1, plogis(-0.4 + 0.8 * efficacy + 0.5 * identity + 0.4 * support))
})
made <- made[c("site", "start", "support", "identification", "identity", "efficacy", "wellbeing", "abstinent")]
write.csv(made, "mediation_chain.csv", row.names = FALSE)
made <- read.csv("mediation_chain.csv")

# One regression a mediator and one for the outcome; the products along the seven ways.
fits <- function(d) list(
  lm(identification ~ support + start + factor(site), d),
  lm(identity ~ support + identification + start + factor(site), d),
  lm(efficacy ~ support + identification + identity + start + factor(site), d),
  lm(wellbeing ~ support + identification + identity + efficacy + start + factor(site), d)
)
slopes <- function(models) {
  at <- function(i, name) unname(coef(models[[i]])[name])
  c(a1 = at(1, "support"), a2 = at(2, "support"), d12 = at(2, "identification"), a3 = at(3, "support"),
    d13 = at(3, "identification"), d23 = at(3, "identity"), direct = at(4, "support"), b1 = at(4, "identification"),
    b2 = at(4, "identity"), b3 = at(4, "efficacy"))
}
ways <- list(c("a1", "b1"), c("a2", "b2"), c("a3", "b3"), c("a1", "d12", "b2"), c("a1", "d13", "b3"),
             c("a2", "d23", "b3"), c("a1", "d12", "d23", "b3"))
products <- function(s) sapply(ways, function(way) prod(s[way]))
quantities <- function(d) {
  s <- slopes(fits(d))
  through <- products(s)
  unname(c(s["direct"] + sum(through), s["direct"], sum(through), through, s))
}
# Errors by the delta method: derivatives by central differences, variances of the slopes from each regression.
models <- fits(made)
s0 <- slopes(models)
owner <- c(1, 2, 2, 3, 3, 3, 4, 4, 4, 4)
columns <- c("support", "support", "identification", "support", "identification", "identity", "support",
             "identification", "identity", "efficacy")
V <- matrix(0, 10, 10)
for (i in 1:10) for (j in 1:10) if (owner[i] == owner[j]) V[i, j] <- vcov(models[[owner[i]]])[columns[i], columns[j]]
delta <- function(f) {
  h <- 1e-5
  gradient <- sapply(1:10, function(i) { up <- s0; down <- s0; up[i] <- up[i] + h; down[i] <- down[i] - h
    (f(up) - f(down)) / (2 * h) })
  sqrt(as.numeric(t(gradient) %*% V %*% gradient))
}
errors <- c(delta(function(s) s["direct"] + sum(products(s))), delta(function(s) s["direct"]),
            delta(function(s) sum(products(s))), sapply(1:7, function(w) delta(function(s) products(s)[w])),
            sqrt(diag(V)))

# boot: a few replicates with what was drawn, and many for the intervals.
x <- model.matrix(models[[4]])
y <- as.matrix(made[c("identification", "identity", "efficacy", "wellbeing")])
parents <- list(c(1, 2, 6:8), c(1:3, 6:8), c(1:4, 6:8), 1:8)
statistic <- function(d, i) {
  found <- lapply(1:4, function(j) lm.fit(x[i, parents[[j]]], y[i, j])$coefficients)
  s <- c(a1 = found[[1]][[2]], a2 = found[[2]][[2]], d12 = found[[2]][[3]], a3 = found[[3]][[2]], d13 = found[[3]][[3]],
         d23 = found[[3]][[4]], direct = found[[4]][[2]], b1 = found[[4]][[3]], b2 = found[[4]][[4]], b3 = found[[4]][[5]])
  through <- products(s)
  unname(c(s["direct"] + sum(through), s["direct"], sum(through), through, s))
}
stopifnot(all.equal(statistic(made, 1:n), quantities(made), tolerance = 1e-12))
set.seed(7)
few <- boot(made, statistic, R = 40)
many <- boot(made, statistic, R = 3999)
limits <- t(sapply(seq_along(many$t0), function(q) {
  draws <- many$t[, q]
  z0 <- qnorm(mean(draws < many$t0[q]))
  # Bias-corrected without acceleration: boot.ci has it with acceleration only.
  corrected <- quantile(draws, pnorm(2 * z0 + qnorm(c(0.025, 0.975))), type = 6)
  c(boot.ci(many, type = "perc", index = q)$percent[4:5], corrected, sd(draws))
}))

# One mediator: linear with interaction; binary outcome by integrals over the mediator, participant by participant.
strict <- glm.control(epsilon = 1e-14, maxit = 100)
crossed <- lm(wellbeing ~ support * identification + start + factor(site), made)
first <- models[[1]]
seen <- function(level) mean(predict(first, transform(made, support = level)))
g <- coef(crossed)
natural <- function(x, m) g["support"] * x + g["identification"] * m + g["support:identification"] * x * m
linear.crossed <- unname(c(
  natural(1, seen(1)) - natural(0, seen(0)), natural(1, seen(0)) - natural(0, seen(0)),
  natural(1, seen(1)) - natural(1, seen(0)), natural(0, seen(1)) - natural(0, seen(0)),
  natural(1, seen(1)) - natural(0, seen(1))
))
whole <- function(f) integrate(f, -9, 9, rel.tol = 1e-11, subdivisions = 500)$value
one.mediator <- function(formula) {
  outcome <- glm(formula, binomial, made, control = strict)
  spread <- summary(first)$sigma
  risk <- function(x, level) {
    rest <- predict(outcome, transform(made, support = x, identification = 0))
    slope <- (predict(outcome, transform(made, support = x, identification = 1)) - rest)
    centre <- predict(first, transform(made, support = level))
    mean(sapply(seq_len(n), function(i)
      whole(function(u) dnorm(u) * plogis(rest[i] + slope[i] * (centre[i] + spread * u)))))
  }
  r <- c(risk(0, 0), risk(1, 0), risk(1, 1), risk(0, 1))
  list(effects = c(r[3] - r[1], r[2] - r[1], r[3] - r[2], r[4] - r[1], r[3] - r[4]), ratio = r[3] / r[2],
       coef = unname(coef(outcome)[c("support", "identification")]),
       se = unname(sqrt(diag(vcov(outcome)))[c("support", "identification")]))
}

# Two mediators of a binary outcome, summed over a fine grid; in parallel the second is normal given the first.
two <- list(lm(identity ~ support + start + factor(site), made), models[[2]])
outcome <- glm(abstinent ~ support + identification + identity + start + factor(site), binomial, made, control = strict)
b <- coef(outcome)
grid <- expand.grid(u = seq(-8, 8, 0.1), v = seq(-8, 8, 0.1))
mass <- dnorm(grid$u) * dnorm(grid$v) / sum(dnorm(grid$u) * dnorm(grid$v))
spread1 <- summary(first)$sigma
doubled <- function(centre2, slope2, spread2) {
  risk <- function(x, level) {
    rest <- predict(outcome, transform(made, support = x, identification = 0, identity = 0))
    centre1 <- predict(first, transform(made, support = level))
    middle <- centre2(level, centre1)
    mean(sapply(seq_len(n), function(i) sum(mass * plogis(
      rest[i] + b["identification"] * (centre1[i] + spread1 * grid$u) +
        b["identity"] * (middle[i] + slope2 * spread1 * grid$u + spread2 * grid$v)))))
  }
  r <- c(risk(0, 0), risk(1, 0), risk(1, 1))
  c(r[3] - r[1], r[2] - r[1], r[3] - r[2])
}
serial <- doubled(function(level, centre1) predict(two[[2]], transform(made, support = level, identification = centre1)),
                  coef(two[[2]])["identification"], summary(two[[2]])$sigma)
between <- sum(resid(first) * resid(two[[1]])) / first$df.residual
bend <- unname(between / spread1^2)
parallel <- doubled(function(level, centre1) predict(two[[1]], transform(made, support = level)), bend,
                    sqrt(summary(two[[1]])$sigma^2 - bend * between))

tested <- anova(
  lm(wellbeing ~ support + identification + identity + efficacy + start + factor(site), made),
  lm(wellbeing ~ support * (identification + identity + efficacy) + start + factor(site), made)
)
partial <- cor(resid(first), resid(lm(wellbeing ~ support + start + factor(site), made)))
results <- list(
  estimate = unname(many$t0), delta = unname(errors), indices = boot.array(few, indices = TRUE), draws = few$t,
  replicates = 3999, percentile = limits[, 1:2], corrected = limits[, 3:4], sd = limits[, 5],
  linear_crossed = linear.crossed, crossed_p = summary(crossed)$coefficients["support:identification", 4],
  interaction_p = tested[["Pr(>F)"]][2], partial = partial,
  binary = one.mediator(abstinent ~ support + identification + start + factor(site)),
  binary_crossed = one.mediator(abstinent ~ support * identification + start + factor(site)),
  binary_serial = serial, binary_parallel = parallel
)
writeLines(toJSON(results, digits = NA, auto_unbox = TRUE), "mediation.json")
packages <- c("boot", "jsonlite")
versions <- paste(packages, sapply(packages, function(p) format(packageVersion(p))))
writeLines(c(R.version.string, versions), "SESSION_mediation.txt")

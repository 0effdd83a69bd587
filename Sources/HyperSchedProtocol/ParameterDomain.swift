/// Where one hyperparameter may lie, and with which probability the random sampler draws it. The names and meanings are
/// those of W&B sweep files (https://docs.wandb.ai/guides/sweeps/sweep-config-keys).
public enum ParameterDomain: Hashable, Sendable, Codable {
    /// Always this value.
    case constant(ParameterValue)
    /// One of the values; `probabilities` (same count, sum 1) or nil for equal ones.
    case categorical(values: [ParameterValue], probabilities: [Double]?)
    /// A whole number, both ends included, all equally likely.
    case intUniform(min: Int64, max: Int64)
    /// A real number in [min, max].
    case uniform(min: Double, max: Double)
    /// `round(X / q) * q` with X uniform.
    case quantizedUniform(min: Double, max: Double, q: Double)
    /// exp(U), U uniform in [ln min, ln max]. Bounds are values: W&B's `log_uniform_values`; its `log_uniform`, whose
    /// bounds are natural-log exponents, is turned into this one when the file is read.
    case logUniform(min: Double, max: Double)
    /// `round(X / q) * q` with X log-uniform in value bounds.
    case quantizedLogUniform(min: Double, max: Double, q: Double)
    /// 1 / X with X log-uniform in [1/max, 1/min], value bounds: W&B's `inv_log_uniform_values`.
    case inverseLogUniform(min: Double, max: Double)
    /// Gaussian.
    case normal(mu: Double, sigma: Double)
    /// `round(X / q) * q` with X Gaussian.
    case quantizedNormal(mu: Double, sigma: Double, q: Double)
    /// exp(X) with X Gaussian.
    case logNormal(mu: Double, sigma: Double)
    /// `round(exp(X) / q) * q` with X Gaussian.
    case quantizedLogNormal(mu: Double, sigma: Double, q: Double)
    /// Beta with shapes a, b > 0; between 0 and 1.
    case beta(a: Double, b: Double)
    /// `round(X / q) * q` with X beta, kept within 0 and 1.
    case quantizedBeta(a: Double, b: Double, q: Double)
}

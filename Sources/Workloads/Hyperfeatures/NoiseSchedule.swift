public import Torch

/// How much of the image is left after t steps of noise: the scaled linear schedule of Stable Diffusion (1000 steps,
/// square roots of beta from sqrt(0.00085) to sqrt(0.012) in equal steps).
public struct NoiseSchedule: Sendable {
    public static let steps = 1000
    /// The products of 1 - beta up to each step.
    private let products: [Double]

    public init() {
        let (first, last) = (0.00085.squareRoot(), 0.012.squareRoot())
        var product = 1.0
        products = (0..<Self.steps).map { step in
            let root = first + (last - first) * Double(step) / Double(Self.steps - 1)
            product *= 1 - root * root
            return product
        }
    }

    /// The variance left of the image at step `t`; 1 at -1, which is the clean image.
    public func kept(_ t: Int) -> Double { t < 0 ? 1 : products[t] }

    /// One step of DDIM without noise (Song, Meng, Ermon, arXiv:2010.02502, equation 12 with sigma 0), in either
    /// direction: x0 = (x - sqrt(1 - a) e) / sqrt(a); the result is sqrt(a') x0 + sqrt(1 - a') e.
    /// - Parameter noise: e, what the network sees in `image`.
    public func moved(_ image: Tensor, noise: Tensor, from t: Int, to next: Int) throws(TorchError) -> Tensor {
        let (a, b) = (kept(t), kept(next))
        let onImage = (b / a).squareRoot()
        let onNoise = (1 - b).squareRoot() - (b * (1 - a) / a).squareRoot()
        return try image.scaled(by: onImage) + noise.scaled(by: onNoise)
    }
}

/// The steps from a clean image to noise: DDIM run backwards.
public struct InversionPlan: Equatable, Sendable {
    /// Where the network is asked, from -1 (the clean image) upwards.
    public let asked: [Int]
    /// Where each of these steps leads.
    public let next: [Int]

    /// - Parameter steps: of the 1000, in equal distances.
    public init(steps: Int) {
        precondition((1...NoiseSchedule.steps).contains(steps))
        let stride = NoiseSchedule.steps / steps
        next = (0..<steps).map { $0 * stride }
        asked = [-1] + next.dropLast()
    }

    /// The authors' number of an iteration: they count from the noise down.
    public func generationIndex(iteration: Int) -> Int { asked.count - 1 - iteration }

    /// What the network is asked at for a number of the authors' `save_timestep`; nil where there is no such step.
    public func timestep(generationIndex: Int) -> Int? {
        let iteration = asked.count - 1 - generationIndex
        return asked.indices.contains(iteration) ? asked[iteration] : nil
    }
}

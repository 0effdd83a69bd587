import Torch

/// Makes one map per sample, where the evidence for the class should lie, of the maps that were stored for it
/// (GALS code, `AttentionLoader` and `combine_attentions`).
struct TargetMaps {
    enum Combination: String, Sendable {
        /// The mean of the maps that are not zero everywhere.
        case averageNonzero = "average_nonzero"
        /// Pixel by pixel the largest value.
        case max
    }

    /// The maps of those samples that have one.
    struct Combined {
        /// `[V, 1, H, W]`
        let maps: Tensor
        /// The places of the V samples in the batch.
        let samples: [Int]
    }

    let combination: Combination
    /// Off for masks, whose values mean what they are.
    let normalises: Bool
    /// One minus the map: what should not be looked at.
    let inverts: Bool

    init(_ combination: Combination, normalises: Bool = true, inverts: Bool = false) {
        self.combination = combination
        self.normalises = normalises
        self.inverts = inverts
    }

    /// (a - min a) / max a for each sample of `[N, ...]`, with 1 in place of a largest value of 0. The largest value is
    /// taken before the smallest is subtracted, as in the GALS code, so that the peak is 1 - min / max.
    static func normalise(_ maps: Tensor) throws(TorchError) -> Tensor {
        let axes = Array(1..<(try maps.shape().count))
        let smallest = try maps.min(axes: axes, keepingAxes: true)
        let largest = try maps.max(axes: axes, keepingAxes: true)
        let divisor = try largest.filled(where: largest.isTrue(.equal, 0), with: 1)
        return try (maps - smallest) / divisor
    }

    /// - Parameters:
    ///   - maps: `[N, P, h, w]`, P maps per sample, which are brought to the size of the images first.
    ///   - height: of the images, in pixels; nil leaves the maps' size.
    /// - Returns: nil where no sample has a map that is not zero everywhere.
    func combine(_ maps: Tensor, height: Int? = nil, width: Int? = nil) throws(TorchError) -> Combined? {
        let shape = try maps.shape()
        var maps = maps
        if let height, let width, shape[2] != height || shape[3] != width {
            maps = try maps.resized(height: height, width: width)
        }
        // [N, P]: 1 where the map says something.
        let present = try maps.abs().sum(axes: [2, 3]).isTrue(.greater, 0).converted(to: maps.type())
        let counts = try present.sum(axes: [1]).converted(to: .float64).values(Double.self)
        let samples = counts.indices.filter { counts[$0] > 0 }
        guard !samples.isEmpty else { return nil }
        let chosen = try Tensor.of(samples.map(Int64.init)).copied(to: maps.device())
        let weights = try present.selecting(chosen, axis: 0).reshaped([samples.count, shape[1], 1, 1])
        let kept = try maps.selecting(chosen, axis: 0)
        var combined =
            switch combination {
            case .averageNonzero:
                try (kept * weights).sum(axes: [1], keepingAxes: true)
                    / weights.sum(axes: [1], keepingAxes: true)
            case .max:
                try kept.filled(where: weights.isTrue(.equal, 0).expanded(kept.shape()), with: -.infinity)
                    .max(axes: [1], keepingAxes: true)
            }
        if normalises { combined = try Self.normalise(combined) }
        if inverts { combined = try 1 - combined }
        return Combined(maps: combined, samples: samples)
    }
}

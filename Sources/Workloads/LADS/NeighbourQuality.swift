import Torch

/// Whether augmented vectors look like real ones: each is compared with its nearest real vector (by cosine).
public struct NeighbourQuality: Equatable, Sendable {
    /// Fraction whose neighbour is of the domain that was aimed at.
    public let domainConsistency: Double
    /// Fraction whose neighbour is of the same class.
    public let classConsistency: Double
    /// Different neighbours per augmented vector.
    public let uniqueFraction: Double
    public let meanCosine: Double
    let neighbours: [Int]

    /// - Parameters:
    ///   - augmented: `[N, D]` with the classes and domains that they should have.
    ///   - bank: real vectors of all domains.
    init(of augmented: EmbeddingRows, in bank: EmbeddingRows) throws(TorchError) {
        let cosines = try augmented.features.normalised(axis: 1)
            .matmul(bank.features.normalised(axis: 1).transposed())
        let neighbours = try cosines.argmax(axis: 1).values(Int64.self).map { Int($0) }
        let count = Double(augmented.count)
        let domains = zip(neighbours, augmented.domains).count { bank.domains[$0] == $1 }
        let classes = zip(neighbours, augmented.labels).count { bank.labels[$0] == $1 }
        domainConsistency = Double(domains) / count
        classConsistency = Double(classes) / count
        uniqueFraction = Double(Set(neighbours).count) / count
        meanCosine = try cosines.converted(to: .float64).max(axes: [1]).mean().item()
        self.neighbours = neighbours
    }
}

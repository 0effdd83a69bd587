import Torch

/// A residual block that knows the timestep (Ho, Jain, Abbeel, arXiv:2006.11239, appendix B): norm, SiLU, 3x3, the
/// embedding of the timestep, norm, SiLU, 3x3.
final class DenoisingBlock: Network {
    private let norms: [GroupNorm]
    private let convolutions: [Conv2d]
    private let time: Linear
    private let shortcut: Conv2d?

    init(
        name: String, inputs: Int, outputs: Int, embedding: Int, groups: Int, initial: inout InitialWeights
    ) throws(TorchError) {
        norms = [
            try GroupNorm(name: name + ".norm1", channels: inputs, groups: groups),
            try GroupNorm(name: name + ".norm2", channels: outputs, groups: groups),
        ]
        convolutions = [
            try Conv2d(name: name + ".conv1", inputs: inputs, outputs: outputs, size: 3, bias: true, initial: &initial),
            try Conv2d(
                name: name + ".conv2", inputs: outputs, outputs: outputs, size: 3, bias: true, initial: &initial),
        ]
        time = try Linear(name: name + ".time", inputs: embedding, outputs: outputs, initial: &initial)
        shortcut =
            try inputs == outputs
            ? nil
            : Conv2d(name: name + ".shortcut", inputs: inputs, outputs: outputs, size: 1, bias: true, initial: &initial)
    }

    /// - Parameter embedding: `[N, embedding]`.
    /// - Returns: the output, and what the branch adds to the input: the features of the paper are taken there, before
    ///   the sum.
    func callAsFunction(
        _ input: Tensor, _ embedding: Tensor
    ) throws(TorchError) -> (output: Tensor, branch: Tensor) {
        let inner = try convolutions[0](norms[0](input).silu())
        let shift = try time(embedding.silu()).insertingAxis(2).insertingAxis(3)
        let branch = try convolutions[1](norms[1](inner + shift).silu())
        guard let shortcut else { return (try input + branch, branch) }
        return (try shortcut(input) + branch, branch)
    }

    var parameters: [NamedTensor] {
        norms.flatMap(\.parameters) + convolutions.flatMap(\.parameters) + time.parameters
            + (shortcut?.parameters ?? [])
    }
}

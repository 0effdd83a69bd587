/// Changes parameters by their gradients.
public protocol Optimiser: AnyObject {
    var parameters: [NamedTensor] { get }
    /// What a checkpoint has to hold beside the parameters.
    var state: [NamedTensor] { get }
    /// One step with the gradients at hand, which are cleared. Parameters without a gradient stay as they are.
    func step(learningRate: Double) throws(TorchError)
}

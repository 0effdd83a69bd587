/// One optimiser step's gradients from several replicas, each with a part of the batch.
///
/// The batch stays the global one. A loss must be written as a sum over the samples of a part divided by what the whole
/// batch amounts to (its number of samples, its sum of class weights, its number of samples with a map). Then gradients
/// and losses of the parts add up to those of the whole batch, for every loss that is a sum over samples, and also for
/// penalties on input gradients, which would be off by the number of replicas if each took the mean of its own part.
/// Only batch statistics differ: each replica normalises by its own part, and the running buffers are averaged.
///
/// On the CPU one replica uses all threads; more than one is for tests. On GPUs there is one replica per device.
public final class DataParallel<Model: Network> {
    public struct Replica {
        public let model: Model
        public let device: Device

        public init(model: Model, device: Device) {
            self.model = model
            self.device = device
        }
    }

    /// The first holds the parameters that the optimiser changes.
    public let replicas: [Replica]

    /// - Parameter make: called once per device; the values of the first are copied to the others at every step.
    public init(devices: [Device], make: () throws(TorchError) -> Model) throws(TorchError) {
        precondition(!devices.isEmpty)
        var made: [Replica] = []
        for device in devices {
            let model = try make()
            try model.move(to: device)
            made.append(Replica(model: model, device: device))
        }
        replicas = made
    }

    public var main: Model { replicas[0].model }

    /// The parts of a batch of `count` samples, sizes differing by one at most; empty parts are left out.
    public static func parts(of count: Int, among replicas: Int) -> [Range<Int>] {
        (0..<replicas).map { count * $0 / replicas..<count * ($0 + 1) / replicas }.filter { !$0.isEmpty }
    }

    /// Adds the gradients of the whole batch to the main replica's parameters.
    /// - Parameter loss: the part's share of the batch's loss, as a scalar to differentiate, and any numbers to add up.
    /// - Returns: the loss of the batch, and the sums of the numbers.
    public func accumulate(
        batch count: Int, loss: (Replica, Range<Int>) throws(TorchError) -> (loss: Tensor, numbers: [Double])
    ) throws(TorchError) -> (loss: Double, numbers: [Double]) {
        let parts = Self.parts(of: count, among: replicas.count)
        for replica in replicas.dropFirst() { try replica.model.copyValues(from: main) }
        var results: [(loss: Tensor, numbers: [Double])] = []
        for (replica, part) in zip(replicas, parts) {
            let result = try loss(replica, part)
            try result.loss.backward()
            results.append(result)
        }
        try gather(parts: parts.count)
        var total = 0.0
        var numbers: [Double] = []
        for result in results {
            total += try result.loss.item()
            numbers = numbers.isEmpty ? result.numbers : zip(numbers, result.numbers).map { $0 + $1 }
        }
        return (total, numbers)
    }

    /// Sums gradients on the main replica and averages the buffers of those that worked.
    private func gather(parts: Int) throws(TorchError) {
        for replica in replicas.prefix(parts).dropFirst() {
            for (target, source) in zip(main.parameters, replica.model.parameters) {
                guard let gradient = try source.tensor.gradient() else { continue }
                try target.tensor.addToGradient(gradient)
                try source.tensor.clearGradient()
            }
        }
        guard parts > 1 else { return }
        for (index, target) in main.buffers.enumerated() {
            let device = try target.tensor.device()
            let mean = try TorchRuntime.withoutGradients { () throws(TorchError) in
                var sum = try target.tensor.clone()
                for replica in replicas.prefix(parts).dropFirst() {
                    sum = try sum + replica.model.buffers[index].tensor.copied(to: device)
                }
                return try sum.scaled(by: 1 / Double(parts))
            }
            try target.tensor.copy(from: mean)
        }
    }
}

/// What a trial has left on a GPU, judged by how the GPU was before it started: what was there already (a desktop,
/// another user's notebook, the trial on the other half of the GPU) is nobody's fault and keeps no slot.
public struct GPULeftovers: Hashable, Sendable {
    public var uuid: String
    /// Compute processes that were not there before. They have to go.
    public var processes: [GPUProcess]
    /// MiB beyond what was in use before. Without processes this is a hint only: the driver needs a moment to give
    /// memory back, and a desktop may have opened another window; so whoever waits for it must stop waiting one day and
    /// take the present usage for the new beginning. Never set where several slots share the GPU.
    public var excess: Int?

    /// - Parameters:
    ///   - before: the same GPU when the trial started; nil: nobody looked, so that any process counts.
    ///   - tolerance: MiB that do not matter.
    ///   - isShared: several slots are on it, so that its memory says nothing about one of them.
    /// - Returns: nil where nothing is left.
    public init?(_ now: GPUUsage, since before: GPUUsage?, tolerance: Int = 64, isShared: Bool = false) {
        let known = Set((before?.processes ?? []).map(\.pid))
        processes = now.processes.filter { !known.contains($0.pid) }
        uuid = now.uuid
        if !isShared, let used = now.used, let earlier = before?.used, used > earlier + tolerance {
            excess = used - earlier
        }
        guard !processes.isEmpty || excess != nil else { return nil }
    }
}

extension GPULeftovers: CustomStringConvertible {
    public var description: String {
        let names = processes.map { "\($0.pid)" + ($0.name.isEmpty ? "" : " (\($0.name))") }
        let parts = [
            names.isEmpty ? nil : "process \(names.joined(separator: ", "))",
            excess.map { "\($0) MiB more than before the trial" },
        ].compactMap(\.self)
        return "GPU \(uuid) still holds " + parts.joined(separator: " and ")
    }
}

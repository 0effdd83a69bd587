import Dispatch

/// Runs work that waits for the disk on threads of its own: the few threads that serve requests must not stand still.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "hyperschedd.files", attributes: .concurrent)

    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }
    }
}

import Foundation

/// Runs what blocks on a thread of its own: the threads of Swift's concurrency must not wait.
enum BlockingThread {
    static func run(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                work()
                done.resume()
            }
        }
    }

    static func run<Failure: Error>(_ work: @escaping @Sendable () throws(Failure) -> Void) async throws(Failure) {
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<Void, Failure>, Never>) in
            Thread.detachNewThread {
                do throws(Failure) {
                    try work()
                    done.resume(returning: .success(()))
                } catch {
                    done.resume(returning: .failure(error))
                }
            }
        }
        try result.get()
    }
}

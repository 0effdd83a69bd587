/// How long to wait before trying again.
enum Backoff {
    /// 0.25 s after the first failure, doubling to 5 s.
    static func seconds(afterFailures failures: Int) -> Double {
        min(5, 0.25 * Double(1 << min(max(failures, 1) - 1, 10)))
    }
}

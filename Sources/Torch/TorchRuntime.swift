import CTorch

/// Process-wide settings of libtorch.
public enum TorchRuntime {
    /// False where the package was built without libtorch; every call then throws `.libraryMissing`.
    public static var isAvailable: Bool { ctorch_is_available() }

    /// For example "1.13.0"; empty without libtorch.
    public static var version: String { String(cString: ctorch_version()) }

    /// What a person has to do where libtorch is missing.
    public static let installHint = """
        libtorch is missing: install it (apt-get install libtorch-dev) or set LIBTORCH_ROOT to a folder that has it, \
        then rebuild: swift build --manifest-cache none
        """

    /// The number of threads that one operation may use. Operations never run beside each other.
    public static func setThreads(_ count: Int) throws(TorchError) {
        try check(ctorch_set_threads(Int32(count)))
    }

    public static func threads() throws(TorchError) -> Int {
        var count: Int32 = 0
        try check(ctorch_get_threads(&count))
        return Int(count)
    }

    /// Keeps freed memory (up to 1 GiB) in the process instead of handing it back to the kernel after every step. For
    /// programs that train and do little else.
    public static func keepFreedMemory() { ctorch_keep_freed_memory() }

    /// Runs `body` without recording gradients on this thread.
    public static func withoutGradients<Result>(
        _ body: () throws(TorchError) -> Result
    ) throws(TorchError) -> Result {
        var previous = true
        try check(ctorch_set_recording(false, &previous))
        // Restoring cannot fail where switching off did not.
        defer { _ = ctorch_set_recording(previous, &previous) }
        return try body()
    }

    /// Turns a status of the shim into an error.
    static func check(_ status: Int32) throws(TorchError) {
        guard status != Int32(CTORCH_OK) else { return }
        if status == Int32(CTORCH_MISSING) { throw TorchError(kind: .libraryMissing, message: installHint) }
        let reason = String(cString: ctorch_last_error())
        throw TorchError(kind: .refused, message: "libtorch: " + reason)
    }
}

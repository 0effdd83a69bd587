import Glibc

/// A failed system call: what was tried on which path, and the error number.
struct SystemError: Error, Equatable, CustomStringConvertible {
    let call: String
    let path: String
    let number: Int32

    init(_ call: String, _ path: String, _ number: Int32 = errno) {
        self.call = call
        self.path = path
        self.number = number
    }

    var isNoSpace: Bool { number == ENOSPC || number == EDQUOT || number == EFBIG }

    var description: String { "\(call) \(path): \(String(cString: strerror(number)))" }
}

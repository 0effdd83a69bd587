import Glibc
import NIOCore

extension StartError {
    /// Why the server ended, in words that say what to do.
    init(_ error: any Error, listen: ListenAddress) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            self.init(
                "listen: \(listen) is in use by another program; stop it or choose another port with --listen")
        case EACCES: self.init("listen: \(listen) is not allowed to this user; choose a port above 1023 with --listen")
        case EADDRNOTAVAIL: self.init("listen: \(listen) is no address of this machine")
        default: self.init("listen: \(listen): \(error)")
        }
    }
}

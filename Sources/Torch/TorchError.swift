/// Why a call into libtorch, or on a file of tensors, did not succeed.
public struct TorchError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Equatable, Sendable {
        /// The package was built without libtorch.
        case libraryMissing
        /// libtorch refused the call; shapes that do not fit, for example.
        case refused
        /// A file is missing, truncated or of another format.
        case badFile
    }

    public let kind: Kind
    public let message: String

    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}

public import Torch

/// Why a workload cannot go on. Each kind is one exit code of the trial contract.
public struct WorkloadError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Int32, Sendable {
        case badParameters = 64
        case badData = 65
        case missingLibrary = 69
        case failed = 70
    }

    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public init(_ error: TorchError) {
        let kind: Kind =
            switch error.kind {
            case .libraryMissing: .missingLibrary
            case .badFile: .badData
            case .refused: .failed
            }
        self.init(kind, error.message)
    }

    public var description: String { message }

    /// Runs calls into libtorch and turns their errors into this type.
    static func lifting<Result>(_ body: () throws(TorchError) -> Result) throws(WorkloadError) -> Result {
        do throws(TorchError) {
            return try body()
        } catch { throw WorkloadError(error) }
    }
}

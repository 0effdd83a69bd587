import Glibc
import HyperSchedProtocol

/// The secret that one attempt shows to the agent's endpoint. The agent itself keeps only a digest of it.
public struct TrialToken: Hashable, Sendable {
    /// 64 hexadecimal digits, from the kernel's random numbers.
    public let text: String

    public init() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { Array($0) } }
        text = SHA256.hex(of: bytes)
    }

    public var digest: TokenDigest { TokenDigest(of: text) }
}

/// SHA-256 of a token.
public struct TokenDigest: Hashable, Sendable {
    public let hex: String

    public init(of token: String) { hex = SHA256.hex(of: Array(token.utf8)) }
    public init(hex: String) { self.hex = hex }

    /// Takes the same time wherever the first difference is: digests are compared, all of their bytes.
    public func matches(_ token: String) -> Bool {
        let (mine, other) = (Array(hex.utf8), Array(TokenDigest(of: token).hex.utf8))
        guard mine.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in mine.indices { difference |= mine[index] ^ other[index] }
        return difference == 0
    }
}

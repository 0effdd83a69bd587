import CTorch

/// The element types that the shim and the safetensors files know.
public enum ElementType: String, CaseIterable, Sendable {
    case uint8 = "U8"
    case int64 = "I64"
    case float32 = "F32"
    case float64 = "F64"

    /// Bytes per element.
    public var size: Int {
        switch self {
        case .uint8: 1
        case .float32: 4
        case .int64, .float64: 8
        }
    }

    var code: Int32 {
        switch self {
        case .uint8: Int32(CTORCH_U8)
        case .int64: Int32(CTORCH_I64)
        case .float32: Int32(CTORCH_F32)
        case .float64: Int32(CTORCH_F64)
        }
    }

    init?(code: Int32) {
        guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }
}

/// A Swift number type that a tensor can be made of.
public protocol TensorElement: Sendable {
    static var elementType: ElementType { get }
}

extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Double: TensorElement { public static var elementType: ElementType { .float64 } }

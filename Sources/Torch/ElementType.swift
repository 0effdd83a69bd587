import CTorch

/// The element types that the shim and the tensor files know, by their names in safetensors files.
public enum ElementType: String, CaseIterable, Sendable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case int16 = "I16"
    case int32 = "I32"
    case int64 = "I64"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float32 = "F32"
    case float64 = "F64"

    /// Bytes per element.
    public var size: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }

    var code: Int32 {
        let code =
            switch self {
            case .bool: CTORCH_BOOL
            case .uint8: CTORCH_U8
            case .int8: CTORCH_I8
            case .int16: CTORCH_I16
            case .int32: CTORCH_I32
            case .int64: CTORCH_I64
            case .float16: CTORCH_F16
            case .bfloat16: CTORCH_BF16
            case .float32: CTORCH_F32
            case .float64: CTORCH_F64
            }
        return Int32(code)
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

extension Bool: TensorElement { public static var elementType: ElementType { .bool } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Double: TensorElement { public static var elementType: ElementType { .float64 } }

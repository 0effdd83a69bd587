/// Named tensors and text metadata in one file: 8 bytes of little-endian header length, a JSON header, raw row-major
/// data. Format: https://github.com/huggingface/safetensors (README, "Format").
///
/// The bytes are a pure function of the content: names and metadata keys are sorted.
public struct SafetensorsFile {
    /// A header longer than this is refused: it is not one of ours, and would be parsed in memory.
    public static let headerLimit = 16 << 20
    static let metadataKey = "__metadata__"

    public var tensors: [NamedTensor]
    public var metadata: [String: String]

    public init(tensors: [NamedTensor], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The tensor of this name.
    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }
}

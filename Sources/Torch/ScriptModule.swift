import CTorch
import Foundation

/// A TorchScript module (`torch.jit.save`), for example a user's own backbone. Its parameters can be trained in place.
public final class ScriptModule: Network {
    public let path: String
    private let handle: ctorch_script
    public private(set) var parameters: [NamedTensor]
    public private(set) var buffers: [NamedTensor]

    /// - Throws: `.badFile` naming the file and libtorch's reason.
    public init(path: String, device: Device = .cpu) throws(TorchError) {
        self.path = path
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw TorchError(kind: .badFile, message: "\(path): cannot be read")
        }
        var loaded: ctorch_script?
        let status = ctorch_script_load(path, device.code, &loaded)
        if status == Int32(CTORCH_MISSING) { try TorchRuntime.check(status) }
        guard status == Int32(CTORCH_OK), let loaded else {
            let reason = String(cString: ctorch_last_error()).split(separator: "\n").first ?? ""
            throw TorchError(
                kind: .badFile,
                message: "\(path): expected a TorchScript module (torch.jit.trace or script, then torch.jit.save) that "
                    + "libtorch \(TorchRuntime.version) reads, found: \(reason)")
        }
        handle = loaded
        do throws(TorchError) {
            parameters = try Self.tensors { ctorch_script_parameters(loaded, false, $0) }
            buffers = try Self.tensors { ctorch_script_parameters(loaded, true, $0) }
        } catch {
            ctorch_script_free(loaded)
            throw error
        }
    }

    deinit { ctorch_script_free(handle) }

    public func move(to device: Device) throws(TorchError) {
        try TorchRuntime.check(ctorch_script_move(handle, device.code))
        parameters = try Self.tensors { ctorch_script_parameters(handle, false, $0) }
        buffers = try Self.tensors { ctorch_script_parameters(handle, true, $0) }
    }

    /// Switches layers that differ between training and evaluation.
    public func setTraining(_ training: Bool) throws(TorchError) {
        try TorchRuntime.check(ctorch_script_set_training(handle, training))
    }

    /// Calls a method. What it returns (a tensor, a tuple or list, a dictionary) comes as a list; names are those of a
    /// dictionary, or empty.
    public func call(_ method: String = "forward", _ inputs: [Tensor]) throws(TorchError) -> [NamedTensor] {
        let handles: [ctorch_tensor?] = inputs.map { $0.handle }
        return try Self.tensors { ctorch_script_call(handle, method, handles, handles.count, $0) }
    }

    /// Calls a method that returns one tensor (of several, the first).
    public func callAsFunction(_ input: Tensor, method: String = "forward") throws(TorchError) -> Tensor {
        guard let first = try call(method, [input]).first else {
            throw TorchError(kind: .badFile, message: "\(path): \(method): expected a tensor, found none")
        }
        return first.tensor
    }

    private static func tensors(
        _ call: (UnsafeMutablePointer<ctorch_list?>) -> Int32
    ) throws(TorchError) -> [NamedTensor] {
        var made: ctorch_list?
        try TorchRuntime.check(call(&made))
        guard let list = made else { return [] }
        defer { ctorch_list_free(list) }
        var count = 0
        try TorchRuntime.check(ctorch_list_count(list, &count))
        var result: [NamedTensor] = []
        for index in 0..<count {
            var name: UnsafePointer<CChar>?
            try TorchRuntime.check(ctorch_list_name(list, index, &name))
            let tensor = try Tensor.make { ctorch_list_tensor(list, index, $0) }
            result.append(NamedTensor(name: name.map { String(cString: $0) } ?? "", tensor: tensor))
        }
        return result
    }
}

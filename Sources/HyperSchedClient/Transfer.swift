import CCurl
import Glibc
import HyperSchedProtocol

/// The bytes of one call on their way: feeds the body to libcurl and takes the answer from it.
final class Transfer {
    /// A JSON answer larger than this is an error.
    private static let largestAnswer = 64 * 1024 * 1024

    private let handle: UnsafeMutableRawPointer
    private let source: BodySource
    private let destination: String?
    private var download: DownloadFile?
    private var headers: [String: String] = [:]
    private var bytes: [UInt8] = []
    /// What went wrong in a callback, from which nothing can be thrown.
    private var ownError: ClientError?

    init(_ request: WireRequest, handle: UnsafeMutableRawPointer) throws(ClientError) {
        self.handle = handle
        source = try BodySource(request.body)
        if case .file(let path) = request.sink { destination = path } else { destination = nil }
    }

    var bodySize: Int64 { source.size }
    var movesFile: Bool { destination != nil || source.isFile }

    func throwOwnError() throws(ClientError) {
        if let ownError { throw ownError }
    }

    /// The transfer went well: makes the file appear, if there is one.
    func finish(status: Int) throws(ClientError) -> WireAnswer {
        if let destination, (200..<300).contains(status) {
            // An empty answer never called `take(_:)`.
            if download == nil { download = try DownloadFile(destination) }
            try download?.finish()
        }
        return WireAnswer(status: status, headers: headers, body: bytes)
    }

    /// Registers the callbacks. libcurl calls them only while this object's owner waits for the transfer.
    func attach(to easy: UnsafeMutableRawPointer) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        ccurl_set_data_function(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            Transfer.from(me).take(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        ccurl_set_data_function(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
            Transfer.from(me).takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_pointer(easy, CURLOPT_READDATA, me)
        ccurl_set_data_function(easy, CURLOPT_READFUNCTION) { bytes, size, count, me in
            Transfer.from(me).feed(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_pointer(easy, CURLOPT_SEEKDATA, me)
        ccurl_set_seek_function(easy) { me, offset, origin in
            guard origin == SEEK_SET, Transfer.from(me).source.seek(to: Int64(offset)) else {
                return CURL_SEEKFUNC_FAIL
            }
            return CURL_SEEKFUNC_OK
        }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> Transfer {
        guard let pointer else { preconditionFailure("libcurl lost the context of a callback") }
        return Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Takes bytes of the answer; fewer taken than offered ends the transfer.
    private func take(_ chunk: UnsafeRawBufferPointer) -> Int {
        do throws(ClientError) {
            if let destination, (200..<300).contains(ccurl_response_status(handle)) {
                if download == nil { download = try DownloadFile(destination) }
                try download?.append(chunk)
            } else {
                guard bytes.count + chunk.count <= Self.largestAnswer else {
                    throw .badAnswer(url: "the daemon", why: "more than \(Self.largestAnswer) bytes")
                }
                bytes.append(contentsOf: chunk)
            }
            return chunk.count
        } catch {
            ownError = error
            return 0
        }
    }

    private func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
        if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = line[(colon + 1)...].drop { $0 == 0x20 }.prefix { $0 != 0x0D && $0 != 0x0A }
            headers[name] = String(decoding: value, as: UTF8.self)
        }
        return line.count
    }

    private func feed(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        do throws(ClientError) {
            return try source.read(into: buffer)
        } catch {
            ownError = error
            return Int(CURL_READFUNC_ABORT)
        }
    }
}

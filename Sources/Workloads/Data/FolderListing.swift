import Foundation

/// What a folder holds. Hidden files are left out; names are in order.
enum FolderListing {
    private static let pictureEndings: Set<String> = ["png", "jpg", "jpeg"]

    static func names(_ folder: String) throws(WorkloadError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            throw WorkloadError(.badData, "\(folder): cannot be listed: \(error.localizedDescription)")
        }
    }

    static func folders(_ folder: String) throws(WorkloadError) -> [String] {
        try names(folder).filter { isFolder(folder + "/" + $0) }
    }

    /// Names that end in .png, .jpg or .jpeg.
    static func pictures(_ folder: String) throws(WorkloadError) -> [String] {
        try names(folder).filter { pictureEndings.contains(($0 as NSString).pathExtension.lowercased()) }
    }

    static func isFolder(_ path: String) -> Bool {
        var folder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
    }
}

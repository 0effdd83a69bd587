import GRDB

/// A database as SQL text, so that a golden one can be read in a review.
enum DatabaseDump {
    static func text(_ db: Database) throws -> String {
        var lines = ["PRAGMA user_version = \(try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0);"]
        let objects = try Row.fetchAll(
            db,
            sql: """
                SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
                ORDER BY rowid
                """)
        for object in objects {
            lines.append("\(object["sql"] as String);")
            if object["type"] == "table" { lines += try rows(db, table: object["name"]) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func rows(_ db: Database, table: String) throws -> [String] {
        let columns = try db.columns(in: table).map(\.name)
        let values = columns.map { "quote(\"\($0)\")" }.joined(separator: " || ', ' || ")
        return try String.fetchAll(
            db, sql: "SELECT 'INSERT INTO \"\(table)\" VALUES (' || \(values) || ');' FROM \"\(table)\" ORDER BY 1")
    }
}

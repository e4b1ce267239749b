using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansBilling.Infrastructure.Postgres.Migrations;

/// <summary>One numbered step of the schema: a folder <c>NNNN_name</c> with <c>up.sql</c> and <c>note.md</c>.</summary>
/// <param name="Number">Its place, counted from 1 without gaps.</param>
/// <param name="Name">The folder's name, number included: <c>0001_orleans</c>.</param>
/// <param name="Sql">The statements, run in one transaction.</param>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the statements in lower-case hexadecimal; line ends count as LF, whatever the checkout made of them.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>Makes a migration from its folder's name.</summary>
    /// <exception cref="MigrationException">The name does not begin with four digits and an underscore.</exception>
    public static Migration FromFolder(string folder, string sql)
    {
        if (folder.Length < 6 || folder[4] != '_' ||
            !int.TryParse(folder.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw new MigrationException($"The migration folder '{folder}' is not named NNNN_name. Rename it, for example 0007_{folder}.");
        }

        return new Migration(number, folder, sql);
    }
}

/// <summary>The schema cannot be brought to this program's state; the message says what to do.</summary>
public sealed class MigrationException : Exception
{
    /// <summary>Makes the error.</summary>
    public MigrationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error with its cause.</summary>
    public MigrationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes the error.</summary>
    public MigrationException()
    {
    }
}

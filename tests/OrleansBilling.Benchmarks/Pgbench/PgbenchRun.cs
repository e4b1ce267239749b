using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using OrleansBilling.Benchmarks.Cluster;

namespace OrleansBilling.Benchmarks.Pgbench;

/// <summary>
/// The yardstick: pgbench runs one transaction per renewal on the same cluster: a versioned update of 800 bytes of state,
/// an invoice, two ledger rows and an event, one commit. Its tables lie in a database of their own.
/// </summary>
internal sealed partial class PgbenchRun(BenchmarkCluster cluster, string program, string script)
{
    /// <summary>Connections that send transactions at one time.</summary>
    public const int Clients = 8;

    private const string Name = "yardstick";
    private const int Threads = 2;

    private const string Tables =
        """
        create table state (id integer primary key, version integer not null, payload bytea not null) with (fillfactor = 70);
        create table invoice (id bigint generated always as identity primary key, account integer not null, total bigint not null,
            currency text not null, status text not null, issued_at timestamptz not null);
        create table ledger (id bigint generated always as identity primary key, account integer not null, debit text not null,
            credit text not null, amount bigint not null, posted_at timestamptz not null);
        create table outbox (id bigint generated always as identity primary key, account integer not null, type text not null,
            data jsonb not null, created_at timestamptz not null);
        """;

    private const string Script =
        """
        \set id random(1, :rows)
        begin;
        update state set payload = decode(repeat('5a', 800), 'hex'), version = version + 1 where id = :id and version > 0;
        insert into invoice (account, total, currency, status, issued_at) values (:id, 1200, 'eur', 'paid', now());
        insert into ledger (account, debit, credit, amount, posted_at) values (:id, 'receivable', 'revenue', 1000, now());
        insert into ledger (account, debit, credit, amount, posted_at) values (:id, 'receivable', 'tax', 200, now());
        insert into outbox (account, type, data, created_at) values (:id, 'invoice.issued', '{"total": 1200, "currency": "eur", "cause": "renewal"}', now());
        commit;

        """;

    /// <summary>Makes the tables, with as many states as there are subscriptions.</summary>
    public static async Task<PgbenchRun> PrepareAsync(BenchmarkCluster cluster, int rows, CancellationToken cancellation)
    {
        var program = Path.Combine(cluster.Embedded.BinDirectory, "pgbench");
        if (!File.Exists(program))
        {
            throw new BenchmarkException($"pgbench is not beside PostgreSQL's programs in {cluster.Embedded.BinDirectory}. Install it (Debian, Ubuntu: apt-get install postgresql-contrib).");
        }

        await cluster.ExecuteAsync($"create database {Name}", cancellation);
        await using var connection = new NpgsqlConnection(ConnectionString(cluster));
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(
            $"{Tables} insert into state select id, 1, decode(repeat('5a', 800), 'hex') from generate_series(1, {rows}) id;", connection);
        await command.ExecuteNonQueryAsync(cancellation);
        await using var vacuum = new NpgsqlCommand("vacuum (analyze)", connection);
        await vacuum.ExecuteNonQueryAsync(cancellation);
        var script = Path.Combine(cluster.DataDirectory, "renewal.pgbench");
        await File.WriteAllTextAsync(script, $"\\set rows {rows}\n{Script}", cancellation);
        return new PgbenchRun(cluster, program, script);
    }

    /// <summary>Runs for some seconds.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="mode">The query mode: <c>prepared</c>, the faster one, of which the ratio is taken, or <c>simple</c>, pgbench's own.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Transactions a second.</returns>
    public async Task<double> RunAsync(int seconds, string mode, CancellationToken cancellation)
    {
        await cluster.ExecuteAsync("checkpoint", cancellation);
        var connection = new NpgsqlConnectionStringBuilder(ConnectionString(cluster));
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            "-n", "-M", mode, "-c", $"{Clients}", "-j", $"{Threads}", "-T", $"{seconds}", "-f", script,
            "-h", connection.Host!, "-p", $"{connection.Port}", "-U", connection.Username!, Name,
        })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["PGPASSWORD"] = connection.Password;
        using var process = Process.Start(start) ?? throw new BenchmarkException("pgbench cannot be started.");
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        var match = Tps().Match(await output);
        return process.ExitCode == 0 && match.Success
            ? double.Parse(match.Groups["tps"].Value, CultureInfo.InvariantCulture)
            : throw new BenchmarkException($"pgbench failed: {await errors}");
    }

    private static string ConnectionString(BenchmarkCluster cluster) =>
        new NpgsqlConnectionStringBuilder(cluster.Database.ConnectionString) { Database = Name, Pooling = false }.ConnectionString;

    [GeneratedRegex(@"^tps = (?<tps>[0-9.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Tps();
}

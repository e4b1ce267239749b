using OrleansBilling.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace OrleansBilling.Testing;

/// <summary>
/// One PostgreSQL for a test run. A test class takes it as constructor argument and makes a database of its own; the
/// cluster starts at the first one and ends with the run. Nothing is flushed to disk: it is for tests only.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly ScratchCluster _cluster = new("tests");

    /// <summary>Makes a database with the product's schema, and answers its connection string.</summary>
    public Task<string> CreateDatabaseAsync() => _cluster.CreateDatabaseAsync();

    /// <summary>Makes a database without any table, and answers its connection string.</summary>
    public Task<string> CreateEmptyDatabaseAsync() => _cluster.CreateDatabaseAsync(migrated: false);

    /// <inheritdoc />
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

using OrleansBilling.Infrastructure.Postgres.Migrations;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Migrations;

public sealed class MigrationCatalogTests
{
    [Fact]
    public void The_program_carries_its_migrations_in_order_with_notes()
    {
        var migrations = MigrationCatalog.Load();

        Assert.Equal("0001_orleans", migrations[0].Name);
        Assert.Equal(Enumerable.Range(1, migrations.Count), migrations.Select(m => m.Number));
    }

    [Fact]
    public void A_missing_number_is_refused()
    {
        var error = Assert.Throws<MigrationException>(() => MigrationCatalog.InOrder([Named("0003_c"), Named("0001_a")]));

        Assert.Contains("no migration 0002 but has 0003_c", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_used_twice_is_refused()
    {
        var error = Assert.Throws<MigrationException>(() => MigrationCatalog.InOrder([Named("0001_a"), Named("0002_b"), Named("0002_c")]));

        Assert.Contains("0002_b and 0002_c", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("orleans")]
    [InlineData("1_orleans")]
    [InlineData("00x1_orleans")]
    [InlineData("0001orleans")]
    public void A_folder_without_its_number_is_refused(string folder) =>
        Assert.Throws<MigrationException>(() => Named(folder));

    private static Migration Named(string folder) => Migration.FromFolder(folder, "select 1");
}

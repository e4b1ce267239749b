using OrleansBilling.Architecture.Tests.Fixtures;
using OrleansBilling.Architecture.Tests.Guards;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests;

/// <summary>Who may see whom: Domain, Grains, Infrastructure, Server, each only what stands below it.</summary>
public sealed class WallTests
{
    [Fact]
    public void Domain_sees_the_language_and_NodaTime() => Guarded.Clean([.. Wall.Domain.Breaches(Compiled.Domain), .. Wall.Domain.Breaches(Compiled.Types(Compiled.Domain))]);

    [Fact]
    public void Grains_see_Domain_and_Orleans() => Guarded.Clean([.. Wall.Grains.Breaches(Compiled.Grains), .. Wall.Grains.Breaches(Compiled.Types(Compiled.Grains))]);

    [Fact]
    public void Infrastructure_does_not_see_the_server() =>
        Guarded.Clean([.. Wall.Infrastructure.Breaches(Compiled.Infrastructure), .. Wall.Infrastructure.Breaches(Compiled.Types(Compiled.Infrastructure))]);

    [Fact]
    public void The_server_sees_no_driver_and_no_vendor() => Guarded.Clean([.. Wall.Server.Breaches(Compiled.Server), .. Wall.Server.Breaches(Compiled.Types(Compiled.Server))]);

    [Fact]
    public void Project_files_name_vendors_only_in_Infrastructure() =>
        Guarded.Clean(Repository.Sources("src", "*.csproj").Where(file => !file.Path.Contains(".Infrastructure/", StringComparison.Ordinal)).SelectMany(VendorsIn));

    [Fact]
    public void A_type_that_sees_through_the_walls_is_reported()
    {
        var types = Compiled.Fixture(typeof(SeesThroughWalls));
        Guarded.Reports(Wall.Domain.Breaches(types), "Npgsql.NpgsqlConnection", "Polly.ResiliencePipeline", "System.IO.File");
        Guarded.Reports(Wall.Grains.Breaches(types), "Npgsql.NpgsqlConnection", "Polly.ResiliencePipeline", "System.IO.File");
        Guarded.Reports(Wall.Server.Breaches(types), "Npgsql.NpgsqlConnection", "Polly.ResiliencePipeline");
        Guarded.Reports(Wall.Server.Breaches(Compiled.Fixture(typeof(SeesThroughWallsQuietly))), "Npgsql.NpgsqlBatch");
    }

    [Fact]
    public void An_assembly_that_sees_through_the_walls_is_reported()
    {
        Guarded.Reports(Wall.Domain.Breaches(Compiled.Tests), "references Npgsql", "references OrleansBilling.Grains", "references Orleans.Core");
        Guarded.Reports(Wall.Grains.Breaches(Compiled.Tests), "references Npgsql", "references Polly");
        Guarded.Reports(Wall.Server.Breaches(Compiled.Tests), "references Npgsql", "references Polly");
        Guarded.Reports(Wall.Infrastructure.Breaches(Compiled.Server), "references Microsoft.AspNetCore.Http");
    }

    [Fact]
    public void A_project_file_that_names_a_vendor_is_reported() =>
        Guarded.Reports(VendorsIn(new SourceFile("x.csproj", """<PackageReference Include="Npgsql.OpenTelemetry" /> <PackageReference Include="Stripe.net" />""")), "Npgsql", "Stripe");

    private static IEnumerable<string> VendorsIn(SourceFile file) =>
        from vendor in (string[])["Npgsql", "Stripe", "Square", "Polly"]
        where file.Text.Contains($"Include=\"{vendor}", StringComparison.Ordinal)
        select $"{file.Path} references {vendor}";
}

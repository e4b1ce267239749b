using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Npgsql;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Server.Hosting;
using OrleansBilling.Testing;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace OrleansBilling.Server.Tests.Deploy;

/// <summary>The container files describe a system that this program can be: names, ports, volumes and settings.</summary>
public sealed partial class ComposeTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ServerProcess.ServerDll)!, "../../../../.."));
    private static readonly Dictionary<object, object> File = Read();

    [Fact]
    public void There_are_a_database_and_two_silos_with_volumes_and_health_checks()
    {
        Assert.Equal(["postgres", "silo1", "silo2"], Services.Keys.Order(StringComparer.Ordinal));
        var declared = Map(File["volumes"]).Keys;
        foreach (var (name, service) in Services)
        {
            var volume = Text(Assert.Single(List(service["volumes"]))).Split(':')[0];
            Assert.Contains(volume, declared);
            Assert.NotEmpty(List(Map(service["healthcheck"])["test"]));
            Assert.True(service.ContainsKey("restart"), name);
        }

        Assert.Equal(3, Services.Values.Select(s => Text(List(s["volumes"])[0])).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Both_silos_answer_on_ports_of_their_own_and_wait_for_the_database()
    {
        var published = Silos.Select(s => Text(Assert.Single(List(s.Value["ports"])))).ToList();

        Assert.Equal(["127.0.0.1:5080:5080", "127.0.0.1:5081:5080"], published);
        Assert.All(Silos, s => Assert.Equal("service_healthy", Text(Map(Map(s.Value["depends_on"])["postgres"])["condition"])));
    }

    [Theory]
    [InlineData("silo1")]
    [InlineData("silo2")]
    public void The_settings_of_a_silo_are_those_of_the_program(string silo)
    {
        var environment = Environment(silo);

        var options = BillingOptionsReader.Read(Configuration(environment), development: false);

        Assert.Equal(silo, options.AdvertisedAddress);
        Assert.Equal(silo, Text(Services[silo]["hostname"]));
        Assert.Equal((11111, 30000), (options.SiloPort, options.GatewayPort));
        Assert.Equal(options.DataDirectory, Text(List(Services[silo]["volumes"])[0]).Split(':')[1]);
        Assert.Equal("http://0.0.0.0:5080", Assert.Single(ServerUrls.For(Configuration([KeyValuePair.Create("urls", (string?)environment["ASPNETCORE_URLS"])]), options.Silo)));
    }

    [Fact]
    public void A_misspelt_setting_would_be_seen()
    {
        var environment = Environment("silo1");
        environment["Billing__AdvertisedAdress"] = "silo1";

        Assert.Throws<StartException>(() => BillingOptionsReader.Read(Configuration(environment), development: false));
    }

    [Fact]
    public void The_connection_string_is_the_same_in_both_and_names_the_database_service()
    {
        var given = Silos.Select(s => Environment(s.Key)["ConnectionStrings__Billing"]).Distinct(StringComparer.Ordinal).ToList();
        var builder = new NpgsqlConnectionStringBuilder(ConnectionStrings.Normalize(Assert.Single(given)));
        var database = Map(Services["postgres"]["environment"]).ToDictionary(e => e.Key, e => Filled(Text(e.Value)), StringComparer.Ordinal);

        Assert.Contains(builder.Host!, Services.Keys);
        Assert.Equal((database["POSTGRES_DB"], database["POSTGRES_USER"], database["POSTGRES_PASSWORD"]), (builder.Database, builder.Username, builder.Password));
    }

    [Fact]
    public void The_database_keeps_every_answered_commit()
    {
        var command = List(Services["postgres"]["command"]).Select(Text).ToList();

        Assert.DoesNotContain(command, c => c.Contains("fsync", StringComparison.Ordinal) || c.Contains("synchronous_commit", StringComparison.Ordinal) || c.Contains("full_page_writes", StringComparison.Ordinal));
    }

    [Fact]
    public void The_image_runs_as_a_user_that_is_not_root_and_sets_what_the_program_knows()
    {
        var lines = System.IO.File.ReadAllLines(Path.Combine(Root, "deploy/Dockerfile"));
        var settings = lines.SelectMany(l => Setting().Matches(l)).Select(m => m.Groups[1].Value).ToList();

        Assert.Contains("USER $APP_UID", lines);
        Assert.Contains(lines, l => l.Contains("PublishReadyToRun=true", StringComparison.Ordinal));
        Assert.Equal(["DataDirectory", "SiloPort", "GatewayPort"], settings);
        Assert.All(settings, s => Assert.Contains(s, BillingOptionsReader.Names));
        Assert.Contains("EXPOSE 5080 11111 30000", lines);
    }

    private static Dictionary<string, Dictionary<string, object>> Services =>
        Map(File["services"]).ToDictionary(s => s.Key, s => Map(s.Value), StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, Dictionary<string, object>>> Silos =>
        Services.Where(s => s.Key.StartsWith("silo", StringComparison.Ordinal)).OrderBy(s => s.Key, StringComparer.Ordinal);

    private static Dictionary<string, string> Environment(string service) =>
        Map(Services[service]["environment"]).ToDictionary(e => e.Key, e => Filled(Text(e.Value)), StringComparer.Ordinal);

    private static IConfiguration Configuration(IEnumerable<KeyValuePair<string, string>> environment) =>
        Configuration(environment.Select(e => KeyValuePair.Create(e.Key.Replace("__", ":", StringComparison.Ordinal), (string?)e.Value)).ToList());

    private static IConfiguration Configuration(IReadOnlyList<KeyValuePair<string, string?>> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

    // What compose fills in where the variable is not set: ${NAME:-default}.
    private static string Filled(string text) => Variable().Replace(text, "$1");

    private static Dictionary<object, object> Read()
    {
        using var reader = new StreamReader(Path.Combine(Root, "docker-compose.yml"));
        var merging = new MergingParser(new Parser(reader));
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(merging);
    }

    private static Dictionary<string, object> Map(object node) =>
        ((Dictionary<object, object>)node).ToDictionary(e => (string)e.Key, e => e.Value ?? "", StringComparer.Ordinal);

    private static List<object> List(object node) => (List<object>)node;

    private static string Text(object node) => (string)node;

    [GeneratedRegex(@"\$\{[A-Z_]+:-([^}]*)\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"Billing__(\w+)=")]
    private static partial Regex Setting();
}

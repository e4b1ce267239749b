using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orleans.Runtime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Tests.States;

/// <summary>
/// State of every version stays readable: a sample of each, <c>(state name).v(schema version).json</c>, is kept beside this
/// file, is read, and loses nothing. A file is an array of rows as the storage has them, one a line.
/// </summary>
/// <remarks>
/// A sample that is missing is written with <c>ACCEPT_SAMPLES=1</c>. A state that was never released may be changed by
/// deleting its sample and writing it anew; after a release the old sample stays, and the new shape is a new version.
/// </remarks>
public sealed class StateSamplesTests
{
    private const string Accept = "ACCEPT_SAMPLES";

    private static readonly Dictionary<string, Type> States = (
        from type in typeof(CommandKey).Assembly.GetTypes()
        where type is { IsClass: true, IsAbstract: false }
        from constructor in type.GetConstructors()
        from parameter in constructor.GetParameters()
        let attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()
        where attribute is not null
        select (attribute.StateName, Envelope: parameter.ParameterType.GetGenericArguments()[0])).ToDictionary(it => it.StateName, it => it.Envelope, StringComparer.Ordinal);

    private static string Folder { get; } = FindFolder();

    public static TheoryData<string> Names => [.. States.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_newest_sample_of_a_state_uses_every_member(string name)
    {
        var path = Path.Combine(Folder, $"{name}.v1.json");
        if (!File.Exists(path) && Environment.GetEnvironmentVariable(Accept) is "1")
        {
            var rows = Samples.Of(States[name]).Select(row => JsonSerializer.Serialize(row, States[name], BillingJson.Options));
            File.WriteAllText(path, $"[\n{string.Join(",\n", rows)}\n]\n");
        }

        var newest = Directory.GetFiles(Folder, $"{name}.v*.json").OrderByDescending(VersionOf).FirstOrDefault();
        Assert.True(newest is not null, $"There is no sample of the state {name}; {Accept}=1 writes it.");
        var missing = SampleCoverage.Missing(JsonNode.Parse(File.ReadAllText(newest))!.AsArray(), States[name]).ToList();
        Assert.True(missing.Count is 0, $"{Path.GetFileName(newest)} does not use:\n{string.Join('\n', missing)}\nSee the remarks of this class.");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_sample_is_read_and_loses_nothing(string file)
    {
        Assert.True(States.TryGetValue(file.Split(".v")[0], out var envelope), $"No grain has the state of {file} any more. Rows of it still exist: the state must stay readable.");
        foreach (var row in JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!.AsArray())
        {
            Assert.Equal(VersionOf(file), (int)row!["schema_version"]!);
            Assert.Empty(Lost(row, envelope));
        }
    }

    [Fact]
    public void A_member_that_the_state_does_not_know_is_reported()
    {
        var row = JsonSerializer.SerializeToNode(Samples.Of(typeof(StateEnvelope<SubscriptionState>))[0], typeof(StateEnvelope<SubscriptionState>), BillingJson.Options)!;
        row["state"]!["items"]![0]!["former_name"] = 1;
        Assert.Equal(["/state/items/0/former_name"], Lost(row, typeof(StateEnvelope<SubscriptionState>)));
    }

    [Fact]
    public void A_member_and_a_kind_that_a_sample_does_not_use_are_reported()
    {
        var rows = JsonSerializer.SerializeToNode(Samples.Of(typeof(StateEnvelope<SubscriptionState>)), typeof(StateEnvelope<SubscriptionState>[]), BillingJson.Options)!.AsArray();
        foreach (var row in rows)
        {
            row!["state"]!.AsObject().Remove("cancel_at");
            row["state"]!["anchor_rule"] = JsonSerializer.SerializeToNode<AnchorRule>(new DayOfMonthAnchor(31), BillingJson.Options);
            row["state"]!["pending_change"]!.AsObject().Remove("anchor");
            row["state"]!["next_calendar"]!.AsObject().Remove("rule");
        }

        var missing = SampleCoverage.Missing(rows, typeof(StateEnvelope<SubscriptionState>)).ToList();
        Assert.Contains("SubscriptionState.cancel_at", missing);
        Assert.Contains("AnchorRule of the kind StartAnchor", missing);
        Assert.DoesNotContain("AnchorRule of the kind DayOfMonthAnchor", missing);
    }

    private static List<string> Lost(JsonNode row, Type envelope)
    {
        var state = row.Deserialize(envelope, BillingJson.Options);
        return [.. LostIn(row, JsonSerializer.SerializeToNode(state, envelope, BillingJson.Options), "")];
    }

    private static IEnumerable<string> LostIn(JsonNode? before, JsonNode? after, string path) => (before, after) switch
    {
        (JsonObject was, JsonObject now) => was.SelectMany(member => LostIn(member.Value, now[member.Key], $"{path}/{member.Key}")),
        (JsonArray was, JsonArray now) when was.Count == now.Count => was.SelectMany((element, i) => LostIn(element, now[i], $"{path}/{i}")),
        _ => before?.ToJsonString() == after?.ToJsonString() ? [] : [path],
    };

    private static int VersionOf(string path) =>
        int.Parse(Path.GetFileNameWithoutExtension(path).Split(".v")[1], System.Globalization.CultureInfo.InvariantCulture);

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrleansBilling.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the project's folder."), "tests/OrleansBilling.Grains.Tests/States");
    }
}

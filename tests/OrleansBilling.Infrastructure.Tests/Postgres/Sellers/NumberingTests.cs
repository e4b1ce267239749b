using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Sellers;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.DueWork;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.DueWork;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Sellers;

/// <summary>Numbers that run by seller: without a gap, none twice, in the order of issue, whoever issues and whatever ends.</summary>
public sealed class NumberingTests(PostgresFixture postgres)
{
    private static readonly SellerFacts Acme = new("acme", 1, new Numbering(NumberingScope.Entity, "ACME"), ImmutableSortedDictionary<string, long>.Empty);

    [Theory]
    [InlineData(CommitterKind.Grouped, CommitterKind.Grouped, false)]
    [InlineData(CommitterKind.Grouped, CommitterKind.Scoped, false)]
    [InlineData(CommitterKind.Grouped, CommitterKind.Grouped, true)]
    public async Task Many_issuers_on_two_clusters_number_one_to_n_in_the_order_of_issue(CommitterKind one, CommitterKind other, bool connectionsEnd)
    {
        const int issuers = 24, each = 15;
        // Two clusters know nothing of each other: each has an activation of its own that gives numbers.
        await using var first = await StartAsync(one);
        await using var second = await StartAsync(other, first.ConnectionString);
        await MakeAsync(first, Acme);
        using var storm = new CancellationTokenSource();
        var killer = connectionsEnd ? KillAsync(first, storm.Token) : Task.CompletedTask;
        var spans = new ConcurrentDictionary<string, (long Begun, long Done)>(StringComparer.Ordinal);
        await Task.WhenAll(Enumerable.Range(0, issuers).Select(issuer => Task.Run(async () =>
        {
            var committer = (issuer % 2 == 0 ? first : second).Services.GetRequiredService<ITurnCommitter>();
            for (var period = 0; period < each; period++)
            {
                var id = $"inv_{issuer}_{period}";
                var begun = Stopwatch.GetTimestamp();
                await IssueAsync(committer, Acme, id, issuer, period);
                spans[id] = (begun, Stopwatch.GetTimestamp());
            }
        })));
        await storm.CancelAsync();
        await killer;
        await ProbeRows.UntilAsync(async () => await first.CountAsync("invoice where number is null") == 0, "every invoice has its number");

        var numbered = await NumbersAsync(first);
        Assert.Equal(Enumerable.Range(1, issuers * each).Select(n => $"ACME-{n:D6}"), numbered.Select(row => row.Number));
        Assert.Equal(issuers * each, await first.ScalarAsync<long>("select last from number_series where legal_entity = 'acme' and kind = 'invoice' and prefix = 'ACME'"));
        Assert.Equal(issuers * each, await first.CountAsync("event where type = 'invoice.numbered'"));
        // Who was issued after another one was done stands behind it.
        var earliestDone = long.MaxValue;
        for (var i = numbered.Count - 1; i >= 0; i--)
        {
            var (begun, done) = spans[numbered[i].Id];
            Assert.True(begun < earliestDone, $"{numbered[i].Number} was issued after an invoice with a higher number.");
            earliestDone = Math.Min(earliestDone, done);
        }
    }

    [Fact]
    public async Task A_step_that_saw_an_older_series_gives_nothing()
    {
        await using var cluster = await StartAsync(CommitterKind.Grouped, schedule: false);
        await MakeAsync(cluster, Acme);
        var numbers = cluster.Services.GetRequiredService<IInvoiceNumbers>();
        var committer = cluster.Services.GetRequiredService<ITurnCommitter>();
        await IssueAsync(committer, Acme, "inv_a", 1, 0);
        var read = await numbers.ReadAsync("acme", "invoice", 10);
        var step = DocumentNumbers.Give("acme", "invoice", read.Series, read.Waiting);
        await IssueAsync(committer, Acme, "inv_b", 1, 1);
        var late = await numbers.ReadAsync("acme", "invoice", 10);
        Assert.True(await numbers.CommitAsync("acme", "invoice", step));
        Assert.False(await numbers.CommitAsync("acme", "invoice", step));
        Assert.False(await numbers.CommitAsync("acme", "invoice", DocumentNumbers.Give("acme", "invoice", late.Series, late.Waiting)));
        Assert.Equal(1, await cluster.CountAsync("event where type = 'invoice.numbered'"));
        Assert.Equal(["acme"], await numbers.FindWaitingAsync());

        Assert.Equal(1, await cluster.Grains.GetGrain<IInvoiceNumbersGrain>("numbers_acme").Give());
        Assert.Equal([("inv_a", "ACME-000001"), ("inv_b", "ACME-000002")], await NumbersAsync(cluster));
        Assert.Empty(await numbers.FindWaitingAsync());
    }

    [Fact]
    public async Task Issuing_never_waits_for_a_series_that_somebody_holds()
    {
        await using var cluster = await StartAsync(CommitterKind.Grouped);
        await MakeAsync(cluster, Acme);
        var committer = cluster.Services.GetRequiredService<ITurnCommitter>();
        await IssueAsync(committer, Acme, "inv_first", 1, 0);
        await ProbeRows.UntilAsync(async () => await cluster.CountAsync("number_series") == 1, "the series has begun");
        await using (var holder = new Npgsql.NpgsqlConnection(cluster.ConnectionString))
        {
            await holder.OpenAsync();
            await using var held = await holder.BeginTransactionAsync();
            await using (var command = new Npgsql.NpgsqlCommand("select last from number_series for update", holder, held))
            {
                await command.ExecuteScalarAsync();
            }

            // Ends by itself only because no turn that issues needs the series.
            await Task.WhenAll(Enumerable.Range(0, 40).Select(i => IssueAsync(committer, Acme, $"inv_{i}", 2 + i, 0)));
            Assert.Equal(40, await cluster.CountAsync("invoice where number is null"));
        }

        await ProbeRows.UntilAsync(async () => await cluster.CountAsync("invoice where number is null") == 0, "every invoice has its number");
        Assert.Equal(Enumerable.Range(1, 41).Select(n => $"ACME-{n:D6}"), (await NumbersAsync(cluster)).Select(row => row.Number));
    }

    [Fact]
    public async Task A_given_number_is_never_changed()
    {
        await using var cluster = await StartAsync(CommitterKind.Grouped);
        await MakeAsync(cluster, Acme);
        await IssueAsync(cluster.Services.GetRequiredService<ITurnCommitter>(), Acme, "inv_a", 1, 0);
        await ProbeRows.UntilAsync(async () => await cluster.CountAsync("invoice where number is null") == 0, "the invoice has its number");
        foreach (var edit in new[] { "number = 'X'", "number = null", "number_place = 99", "legal_entity = 'default'" })
        {
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => cluster.ExecuteAsync($"update invoice set {edit} where id = 'inv_a'"));
            Assert.Equal("OB002", refused.SqlState);
        }
    }

    [Fact]
    public async Task Invoices_by_account_and_by_seller_do_not_touch_each_others_numbers()
    {
        await using var cluster = await StartAsync(CommitterKind.Grouped);
        await MakeAsync(cluster, Acme);
        await MakeAsync(cluster, Acme with { Version = 2, Numbering = new Numbering(NumberingScope.Account, "A") });
        await MakeAsync(cluster, Acme with { Version = 3, Numbering = new Numbering(NumberingScope.Entity, "B-") });
        var committer = cluster.Services.GetRequiredService<ITurnCommitter>();
        SellerFacts[] sellers = [Acme, Acme with { Version = 2, Numbering = new Numbering(NumberingScope.Account, "A") }, Acme with { Version = 3, Numbering = new Numbering(NumberingScope.Entity, "B-") }];
        for (var i = 0; i < 9; i++)
        {
            await IssueAsync(committer, sellers[i % 3], $"inv_{i}", 7, i);
        }

        await ProbeRows.UntilAsync(async () => await cluster.CountAsync("invoice where number is null") == 0, "every invoice has its number");
        var numbers = (await NumbersAsync(cluster)).Select(row => row.Number).ToList();
        Assert.Equal(["ACME-000001", "ACME-000002", "ACME-000003"], numbers.Where(number => number.StartsWith("ACME", StringComparison.Ordinal)));
        Assert.Equal(["B-000001", "B-000002", "B-000003"], numbers.Where(number => number.StartsWith('B')));
        Assert.Equal(["0001", "0002", "0003"], numbers.Where(number => number.StartsWith("A-", StringComparison.Ordinal)).Select(number => number[^4..]));
    }

    /// <summary>Repeats as a caller does; the guard of what was billed once refuses a repeat of what went through.</summary>
    private static async Task IssueAsync(ITurnCommitter committer, SellerFacts seller, string id, int issuer, int period)
    {
        var write = Given.Renewal($"sub_{issuer}", $"acct_{issuer}", period, id);
        write = write with { Documents = write.Documents with { Invoices = [write.Documents.Invoices[0] with { Seller = seller }] } };
        for (var lost = false; ; lost = true)
        {
            try
            {
                await committer.CommitAsync(write, static () => Task.CompletedTask);
                return;
            }
            catch (Npgsql.PostgresException e) when (e.SqlState == Npgsql.PostgresErrorCodes.UniqueViolation && lost)
            {
                return;
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or IOException)
            {
                await Task.Delay(5);
            }
        }
    }

    private static async Task KillAsync(TurnCluster cluster, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(60, CancellationToken.None);
            await cluster.KillConnectionsAsync();
        }
    }

    private async Task<TurnCluster> StartAsync(CommitterKind committer, string? database = null, bool schedule = true) => await TurnCluster.StartAsync(
        postgres,
        committer,
        silo =>
        {
            silo.Services.AddSingleton<IDueTargets, ProbeTargets>();
            if (schedule)
            {
                silo.AddBillingSchedule(new ScheduleOptions());
            }
        },
        database is null ? null : () => Task.FromResult(database));

    private static Task MakeAsync(TurnCluster cluster, SellerFacts seller) => cluster.Services.GetRequiredService<ITurnCommitter>().CommitAsync(
        new TurnWrite { At = Given.Now, Rows = [new LegalEntityRow(new LegalEntity(seller.Code, seller.Version, "Acme", Given.Now) { Numbering = seller.Numbering }, Given.Now)] },
        static () => Task.CompletedTask);

    private static async Task<IReadOnlyList<(string Id, string Number)>> NumbersAsync(TurnCluster cluster)
    {
        var text = await cluster.ScalarAsync<string>("select string_agg(id || ' ' || number, ',' order by number) from invoice") ?? "";
        return [.. text.Split(',').Select(row => row.Split(' ')).Select(row => (row[0], row[1]))];
    }
}

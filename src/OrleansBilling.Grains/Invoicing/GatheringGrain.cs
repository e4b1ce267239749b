using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Bills what an account's subscriptions have gathered. See <see cref="IGatheringGrain"/>.</summary>
/// <remarks>It has no state: lines are taken once (<c>OB001 pending</c>), so of two activations one decides again.</remarks>
[CollectionAgeLimit(Minutes = 2)]
public sealed class GatheringGrain(
    IGatheredLines gathered, IPendingLines pendingLines, ICreditableInvoices creditable, IPaidLines paidLines, IBillingFacts accounts, ITurnCommitter committer) : Grain, IGatheringGrain
{
    private const int MaxTries = 5;

    /// <summary>
    /// Tries of a subscription's due work after which its lines go on a later invoice: backing off, they take little more than a
    /// minute. What has not been tried is waited for, however late the schedule is.
    /// </summary>
    private const int Patience = 5;

    private static readonly Duration Later = Duration.FromSeconds(1);

    private string Account => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        var handedOver = ImmutableArray.CreateBuilder<DueKey>();
        var done = false;
        while (!done)
        {
            var facts = await ReadFactsAsync();
            done = await StepAsync(facts, message.Now, handedOver);
        }

        return new DueAnswer(handedOver.ToImmutable());
    }

    private async Task<BillingFacts> ReadFactsAsync() =>
        await accounts.FindAsync(Account) ?? throw new InvalidOperationException($"Account {Account} has no facts.");

    /// <summary>Bills the earliest boundary; true where nothing is left to do now.</summary>
    private async Task<bool> StepAsync(BillingFacts facts, Instant now, ImmutableArray<DueKey>.Builder handedOver)
    {
        var clock = facts.Account.Clock;
        if (await gathered.FindAsync(Account, clock, now, Patience) is not { } boundary)
        {
            await committer.CommitAsync(Write(now, clock), static () => Task.CompletedTask);
            return true;
        }

        if (boundary.Awaits || boundary.At > now)
        {
            await WaitAsync(boundary.At, clock, now);
            return true;
        }

        await IssueAsync(boundary.At, facts, now, handedOver);
        return false;
    }

    /// <summary>Looks again a little later. A test clock has no later: it takes the row again once what is due has been tried.</summary>
    private async Task WaitAsync(Instant boundary, string clock, Instant now)
    {
        if (clock == AccountFacts.LiveClock)
        {
            var row = new DueWrite(GatherWrite.KeyOf(Account), Account, clock, boundary, Instant.Max(boundary, now + Later));
            await committer.CommitAsync(new TurnWrite { Account = Account, At = now, Due = [row] }, static () => Task.CompletedTask);
        }
    }

    private async Task IssueAsync(Instant boundary, BillingFacts facts, Instant now, ImmutableArray<DueKey>.Builder handedOver)
    {
        for (var i = 0; ; i++)
        {
            var lines = await gathered.ReadAsync(Account, boundary);
            if (lines.IsEmpty)
            {
                return;
            }

            var billed = await pendingLines.StandingAsync([.. lines.Where(line => line.Draft.CreditedInvoice is null).Select(line => line.Draft.CreditedLine).OfType<string>()]);
            var invoices = await creditable.ReadAsync(
                [.. billed.Values.Select(line => line.Invoice).Concat(lines.Select(line => line.Draft.CreditedInvoice).OfType<string>()).Distinct(StringComparer.Ordinal)]);
            var paid = await paidLines.ReadLinesAsync(
            [
                .. lines.Where(line => line.Draft.CreditedLine is not null)
                    .Select(line => (Invoice: line.Draft.CreditedInvoice ?? billed.GetValueOrDefault(line.Draft.CreditedLine!)?.Invoice, Line: line.Draft.CreditedLine!))
                    .Where(line => line.Invoice is not null && invoices.GetValueOrDefault(line.Invoice) is { IsPaidByCredit: true }).Select(line => (line.Invoice!, line.Line)).Distinct(),
            ]);
            var documents = GatheredInvoice.Issue(lines, boundary, facts, billed, invoices, paid, now);
            var write = Write(now, facts.Account.Clock) with
            {
                Documents = documents,
                Due = [.. InvoiceDue.Of(documents, facts.Account, now), .. InvoiceDue.OfUsage(documents.Wallets, facts, now)],
                FactsSeen = new FactsSeen(Account, facts.Account.Version),
            };
            try
            {
                await committer.CommitAsync(write, static () => Task.CompletedTask);
                handedOver.AddRange(write.HandedOver(Account));
                return;
            }
            catch (TurnConflictException) when (i + 1 < MaxTries)
            {
                // The account, its balance, a credited invoice or the lines have changed meanwhile.
                facts = await ReadFactsAsync();
            }
        }
    }

    /// <summary>A turn after which the row of due work goes, unless gathered lines are left.</summary>
    private TurnWrite Write(Instant now, string clock) => new() { Account = Account, At = now, Gathered = new GatherWrite(Account, clock, now) };
}

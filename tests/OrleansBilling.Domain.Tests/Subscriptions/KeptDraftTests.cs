using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A pause of collection that keeps invoices drafts (rules.md, "First payment, own method, paused collection").</summary>
public sealed class KeptDraftTests
{
    private static readonly PlanVersion Basic = Named("basic", Life.Plan(prices: Life.Flat("base", 1000)));

    /// <summary>Which of the invoices of June to September a pause keeps drafts; it begins on 15 June.</summary>
    [Theory]
    [InlineData(null, "issued draft draft draft")]
    [InlineData("2026-07-01", "issued issued issued issued")]
    [InlineData("2026-07-01T00:00:01Z", "issued draft issued issued")]
    [InlineData("2026-09-01", "issued draft draft issued")]
    public void While_it_lasts_renewals_are_drafts_that_no_clock_finalises(string? until, string expected)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.PauseCollection("2026-06-15", CollectionPauseBehavior.KeepDraft, until);
        life.Until("2026-09-02");
        Assert.Equal(expected.Split(' '), life.Invoices.Select(Word));
        Assert.All(life.Invoices, invoice => Assert.Equal((3000, 0, CollectionTerms.Ordinary), (invoice.Totals.Total, invoice.CreditApplied, invoice.Collecting)));
    }

    [Theory]
    [InlineData(CollectionPauseBehavior.Open, "issued")]
    [InlineData(CollectionPauseBehavior.Uncollectible, "issued")]
    public void Other_pauses_issue(CollectionPauseBehavior behavior, string expected)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.PauseCollection("2026-06-15", behavior);
        life.Until("2026-07-02");
        Assert.Equal(expected, Word(life.Invoices[^1]));
    }

    [Fact]
    public void Drafts_stay_drafts_where_the_pause_is_ended_or_replaced_by_a_call()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.PauseCollection("2026-06-15", CollectionPauseBehavior.KeepDraft);
        life.Until("2026-07-02");
        life.PauseCollection("2026-07-02", CollectionPauseBehavior.Open);
        life.Until("2026-08-02");
        Assert.Equal(["issued", "draft", "issued"], life.Invoices.Select(Word));
        Assert.Equal([false, false, true], life.Invoices.Select(invoice => invoice.Collecting.Held));
        Assert.Equal(["keep_draft", "open"], life.Events.Where(told => told.Type == "subscription.collection_paused").Select(told => told.Data["behavior"]));
    }

    [Theory]
    // How a draft of 1 July is collected that a clock or a call issues; O is as always, H held, W written off, - stays a draft.
    [InlineData("open", null, "HH")]
    [InlineData("open", "2026-07-01", "OO")]
    [InlineData("open", "2026-07-01T00:00:01Z", "HH")]
    [InlineData("uncollectible", null, "WW")]
    [InlineData("keep_draft", null, "-O")]
    [InlineData("keep_draft", "2026-07-01", "OO")]
    [InlineData(null, null, "OO")]
    public void A_draft_is_collected_as_the_pause_of_its_issue_says(string? behavior, string? until, string expected)
    {
        var pause = behavior is null ? null : new CollectionPause(
            Enum.GetValues<CollectionPauseBehavior>().Single(value => CollectionPauseBehaviors.Name(value) == behavior), Life.Utc("2026-06-15"), until is null ? null : Life.Utc(until));
        Assert.Equal(expected, string.Concat(new[] { false, true }.Select(asked => CollectionPause.TermsOfIssue(pause, asked, Life.Utc("2026-07-01")) switch
        {
            null => '-',
            { Held: true } => 'H',
            { WrittenOff: true } => 'W',
            _ => 'O',
        })));
    }

    [Fact]
    public void Where_the_account_gathers_its_lines_a_kept_draft_stands_alone()
    {
        var life = new Life(Pro).Gathering().Start("2026-06-01");
        life.PauseCollection("2026-06-02", CollectionPauseBehavior.KeepDraft, "2026-08-01");
        life.Until("2026-08-02");
        Assert.Equal(["draft"], life.Invoices.Select(Word));
    }

    [Fact]
    public void A_downgrade_in_the_pause_credits_the_drafts_line_on_a_draft_of_its_own()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.PauseCollection("2026-06-15", CollectionPauseBehavior.KeepDraft);
        life.Until("2026-07-02");
        life.Change("2026-07-16", Basic, ProrationPolicy.Second);
        var (charged, change) = (life.Invoices[1], life.Invoices[2]);
        Assert.Equal(["issued", "draft", "draft"], life.Invoices.Select(Word));
        var credit = change.Lines[0].Draft;
        Assert.Equal((LineKind.ProrationCredit, charged.Id, charged.Lines[0].Id), (credit.Kind, credit.CreditedInvoice, credit.CreditedLine));
        // 16 of July's 31 days are unused.
        Assert.Equal(-1548, credit.Amount);
        Assert.True(change.Totals.Total < 0);
        Assert.Equal(0, life.Balance);
    }

    [Fact]
    public void What_an_end_bills_in_the_pause_is_a_draft()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.PauseCollection("2026-06-02", CollectionPauseBehavior.KeepDraft);
        life.Cancel("2026-06-16", Life.Utc("2026-06-16"), ProrationPolicy.Second);
        Assert.Equal((-1500, "draft"), (life.Invoices[^1].Totals.Total, Word(life.Invoices[^1])));
        Assert.Null(life.State.CollectionPause);
        Assert.Equal(0, life.Balance);
    }

    private static string Word(Invoice invoice) => invoice.Draft switch
    {
        null => "issued",
        { FinalizeAt: null } => "draft",
        _ => "grace",
    };
}

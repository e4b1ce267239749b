using System.Collections.Concurrent;
using CsCheck;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// Thousands of random lives with all that happens to their invoices: after every single step documents, payments, balances and
/// the ledger agree, and every document is redone from its explanations. A failure is told as small as it was found.
/// </summary>
public sealed class RandomWorldTests
{
    [Fact]
    public void Every_world_keeps_its_sums() => RandomWorld.Scripts.Sample(script => Shrink.Holds(script, Shrink.Of, told => told.ToString(), Check), iter: Math.Max(3000, CsCheck.Check.Iter));

    [Fact]
    public void Replaying_a_world_gives_the_same_cents() => RandomWorld.Scripts.Sample(
        script => Assert.Equal(Cents(RandomWorld.Play(script)), Cents(RandomWorld.Play(script))), iter: 300);

    /// <summary>The properties would hold of lives in which everything is refused.</summary>
    [Fact]
    public void Every_command_is_accepted_often_enough_to_prove_something()
    {
        var answers = new ConcurrentBag<(string Command, string Answer)>();
        RandomWorld.Scripts.Sample(script => RandomWorld.Play(script).Answers.ForEach(answers.Add), iter: 1500);
        var accepted = answers.Where(answer => answer.Answer == "accepted").ToLookup(answer => answer.Command);
        Assert.All(RandomWorld.Names, command => Assert.True(accepted[command].Count() >= 10, $"{command} was accepted {accepted[command].Count()} times"));
    }

    private static void Check(WorldScript script)
    {
        var world = RandomWorld.Play(script, played => BooksCheck.Step(played.Books));
        BooksCheck.Whole(world.Books);
        NothingIsLeft(world);
    }

    private static void NothingIsLeft(World world)
    {
        var state = world.Life.State;
        Assert.Equal(SubscriptionStatus.Canceled, state.Status);
        Assert.Empty(SubscriptionDueWork.Of(state));
        Assert.All(state.Items, item => Assert.True(item is { Arrears: null, Billed: null, History: null }));
        Assert.Empty(state.Former);
        Assert.DoesNotContain(world.Life.Waiting, line => line.Draft.Subscription is not null);
        Assert.Empty(world.Books.Transit);
    }

    private static string Cents(World world) => string.Join(
        '\n',
        world.Books.Documents.Values.SelectMany(document => document.Lines).Select(line => $"{line.Id} {line.Draft.Amount} {line.DiscountAmount} {line.TaxAmount}")
            .Concat(world.Books.Notes.Select(note => $"{note.Id} {note.Total} {note.Offset} {note.Refunded} {note.Credited}"))
            .Concat(world.Books.Headers.Select(header => $"{header.Id} {header.Status} {header.CreditApplied} {header.AmountPaid}"))
            .Concat(world.Books.Balances.Select(balance => $"{balance.Key} {balance.Value}")));
}

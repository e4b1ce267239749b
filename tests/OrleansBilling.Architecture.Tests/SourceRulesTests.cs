using OrleansBilling.Architecture.Tests.Guards;
using OrleansBilling.Architecture.Tests.Reading;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Architecture.Tests;

/// <summary>Rules of the house about sources: their size, what is left in them, and what explains them.</summary>
public sealed class SourceRulesTests
{
    [Fact]
    public void Files_are_short() => Guarded.Clean(Sources.LongFiles([.. Repository.Sources("src"), .. Repository.Sources("tests")]));

    [Fact]
    public void Methods_are_short() => Guarded.Clean(Sources.LongMethods([.. Repository.Sources("src"), .. Repository.Sources("tests")]));

    [Fact]
    public void Nothing_is_left_undone() => Guarded.Clean(Sources.Leftovers([.. Repository.Sources("src"), .. Repository.Sources("tests"), .. Repository.Sources("src", "*.sql")]));

    [Fact]
    public void Every_room_explains_itself() => Guarded.Clean(Rooms.Faults(Path.Combine(Repository.Root, "src")));

    [Theory]
    [InlineData(300, 0)]
    [InlineData(301, 1)]
    public void A_file_is_long_from_301_lines(int lines, int reported) =>
        Assert.Equal(reported, Sources.LongFiles([new SourceFile("Long.cs", string.Concat(Enumerable.Repeat("\n", lines)))]).Count());

    [Theory]
    [InlineData(70, 0)]
    [InlineData(71, 1)]
    public void A_method_is_long_from_71_lines(int lines, int reported)
    {
        var body = string.Concat(Enumerable.Repeat("        work();\n", lines - 3));
        var file = new SourceFile("Long.cs", $"class C\n{{\n    /// <summary>Not counted.</summary>\n    void Long()\n    {{\n{body}    }}\n}}\n");
        Assert.Equal(reported, Sources.LongMethods([file]).Count());
        Assert.All(Sources.LongMethods([file]), fault => Assert.StartsWith($"Long.cs:4 Long has {lines} lines", fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Local", "class C { void M() { Outer(); int Local()\n{BODY} } }")]
    [InlineData("C", "class C { C()\n{BODY} }")]
    [InlineData("P", "class C { int P { get\n{BODY} } }")]
    public void Long_local_functions_constructors_and_accessors_are_reported(string name, string source) =>
        Guarded.Reports(Sources.LongMethods([new SourceFile("Long.cs", source.Replace("BODY", string.Concat(Enumerable.Repeat("{ }\n", 80)), StringComparison.Ordinal))]), name + " has ");

    [Theory]
    [InlineData("throw new NotImplemented", "Exception();")]
    [InlineData("// TO", "DO: later")]
    [InlineData("// FIX", "ME")]
    [InlineData("// HA", "CK")]
    [InlineData("[Fact(Sk", "ip = \"slow\")]")]
    [InlineData("[Theory(Sk", "ipWhen = nameof(Slow))]")]
    public void Leftovers_are_reported_with_their_line(string first, string second) =>
        Assert.StartsWith("Left.cs:3 ", Assert.Single(Sources.Leftovers([new SourceFile("Left.cs", "class C\n{\n" + first + second + "\n}\n")])), StringComparison.Ordinal);

    [Fact]
    public void Ordinary_words_are_no_leftovers() =>
        Assert.Empty(Sources.Leftovers([new SourceFile("Fine.cs", "rows.Skip(3); var skip = 2; // methods to do with hackneyed things\n")]));

    [Fact]
    public void Rooms_without_a_page_or_with_a_long_one_are_reported()
    {
        var folder = Directory.CreateTempSubdirectory("rooms").FullName;
        try
        {
            Write("Project/Silent/A.cs", "");
            Write("Project/Chatty/Deep/B.cs", "");
            Write("Project/Chatty/README.md", string.Concat(Enumerable.Repeat("x\n", 41)));
            Write("Project/Right/C.cs", "");
            Write("Project/Right/README.md", string.Concat(Enumerable.Repeat("x\n", 40)));
            Write("Project/obj/D.cs", "");
            Write("Project/Data/only.sql", "");
            Assert.Equal(["Project/Silent has no README.md", "Project/Chatty/README.md has 41 lines; 1 to 40 are right"], Rooms.Faults(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Write(string path, string text)
        {
            Directory.CreateDirectory(Path.Combine(folder, Path.GetDirectoryName(path)!));
            File.WriteAllText(Path.Combine(folder, path), text);
        }
    }

    [Fact]
    public void The_compiler_checks_doc_comments_of_Domain_and_Grains()
    {
        Guarded.Clean(DocumentationFile.Undocumented(typeof(Refusal).Assembly.GetTypes(), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "OrleansBilling.Domain.xml"))));
        Guarded.Clean(DocumentationFile.Undocumented(typeof(CommandKey).Assembly.GetTypes(), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "OrleansBilling.Grains.xml"))));
        Assert.DoesNotContain("CS1591", Repository.Read("Directory.Build.props").Replace("CS1591 is an error there", "", StringComparison.Ordinal) + Repository.Read(".editorconfig"), StringComparison.Ordinal);
        Guarded.Clean(Repository.Sources("src").Where(file => file.Text.Contains("#pragma warning disable CS1591", StringComparison.Ordinal)).Select(file => file.Path));
    }

    [Fact]
    public void A_type_without_a_doc_comment_is_reported() =>
        Guarded.Reports(DocumentationFile.Undocumented([typeof(Refusal)], "<doc><members /></doc>"), "OrleansBilling.Domain.Kernel.Refusal has no doc comment");
}

using KernelBuild.Stages;

namespace KernelBuild.Tests.Stages;

public sealed class RecordTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private StageRecords Load() => StageRecords.Load(_folder["records.json"]);

    [Fact]
    public void A_record_is_found_by_its_key_alone()
    {
        Load().Set("patch", "key", new() { ["a"] = "1" });
        Load().Find("patch", "key")!["a"].ShouldBe("1");
        Load().Find("patch", "other").ShouldBeNull();
        Load().Find("compile", "key").ShouldBeNull();
        Load().Last("patch")!["a"].ShouldBe("1");
    }

    [Fact]
    public void A_stage_that_began_again_has_no_record()
    {
        Load().Set("patch", "key");
        Load().Clear("patch");
        Load().Last("patch").ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"stages\":null}")]
    [InlineData("{\"stages\":{\"patch\":{\"ke")]
    public void Records_that_cannot_be_read_are_none(string text)
    {
        _folder.Write("records.json", text);
        Load().Last("patch").ShouldBeNull();
        Load().Set("patch", "key");
        Load().Find("patch", "key").ShouldNotBeNull();
    }

    [Fact]
    public void No_two_inputs_run_together_into_one_key()
    {
        string[] keys =
        [
            Key(),
            Key(("a", "b")), Key(("a", ""), ("b", "")), Key(("ab", "")), Key(("", "ab")),
            Key(("a", "bc")), Key(("ab", "c")), Key(("a", "b"), ("c", "")), Key(("a", ""), ("b", "c")),
            Key(("a", "1:b=0:")), Key(("a", ""), ("b", "0:")), Key(("b", "a"), ("a", "b")), Key(("a", "b"), ("b", "a")),
        ];
        keys.Distinct().Count().ShouldBe(keys.Length);
        Key(("a", "b")).ShouldBe(Key(("a", "b")));
        Key().Length.ShouldBe(64);
    }

    [Fact]
    public void The_stage_and_its_version_are_part_of_the_key()
    {
        using var first = new ContentKey("patch", 1);
        using var second = new ContentKey("patch", 2);
        using var third = new ContentKey("fetch", 1);
        new HashSet<string> { first.Finish(), second.Finish(), third.Finish() }.Count.ShouldBe(3);
    }

    public void Dispose() => _folder.Dispose();

    private static string Key(params (string Name, string Value)[] parts)
    {
        using var key = new ContentKey("stage", 1);
        foreach (var (name, value) in parts)
        {
            key.Add(name, value);
        }

        return key.Finish();
    }
}

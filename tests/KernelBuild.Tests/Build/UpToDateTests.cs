using KernelBuild.Build;

namespace KernelBuild.Tests.Build;

public sealed class UpToDateTests : IDisposable
{
    private const string Variable = "KERNELBUILD_TESTS_VARIABLE";

    private readonly TestFolder _folder = new();
    private readonly string _file;
    private readonly string _large;
    private readonly string _searchPath;

    public UpToDateTests()
    {
        _file = _folder.Write("inputs/file", "one");
        _large = _folder.Write("large", new string('x', 5 << 20));
        _folder.Script("second/cc", "true");
        _folder.Folder("first");
        _searchPath = _folder["first"] + ":" + _folder["second"];
        Thread.Sleep(50);
        Record(DateTime.UtcNow).Save(_folder["up-to-date"]);
        Changed.ShouldBeNull();
    }

    private string? Changed => UpToDate.Changed(_folder["up-to-date"]);

    private UpToDate Record(DateTime began) => new UpToDate(began)
        .AddInput(_file).AddInput(_large).AddInput(_folder["absent"]).AddFolder(_folder["inputs"]).AddProgram("cc", _searchPath, began);

    [Fact]
    public void A_touch_that_changes_nothing_is_no_change()
    {
        File.SetLastWriteTimeUtc(_file, DateTime.UtcNow.AddHours(-1));
        File.WriteAllText(_file, "one");
        Changed.ShouldBeNull();
    }

    [Theory]
    [InlineData("edit")]
    [InlineData("edit with its time and size kept")]
    [InlineData("new file")]
    [InlineData("deletion")]
    [InlineData("rename")]
    [InlineData("mode")]
    [InlineData("link")]
    [InlineData("index")]
    [InlineData("folder")]
    public void A_source_that_is_built_as_it_stands_is_changed_by(string change)
    {
        var tree = _folder.Folder("tree");
        var file = _folder.Write("tree/drivers/pci/of.c", "one");
        _folder.Write("tree/.git/index", "index");
        _folder.Write("tree/.git/objects/aa/bb", "object");
        File.CreateSymbolicLink(_folder["tree/link"], "drivers");
        Thread.Sleep(50);
        new UpToDate(DateTime.UtcNow).AddTree(tree).Save(_folder["up-to-date"]);
        Changed.ShouldBeNull();
        _folder.Write("tree/.git/objects/aa/cc", "another object");
        Changed.ShouldBeNull();

        var time = File.GetLastWriteTimeUtc(file);
        Action act = change switch
        {
            "edit" => () => File.WriteAllText(file, "two, longer"),
            "edit with its time and size kept" => () =>
            {
                File.WriteAllText(file, "two");
                File.SetLastWriteTimeUtc(file, time);
            },
            "new file" => () => _folder.Write("tree/drivers/pci/new.c", ""),
            "deletion" => () => File.Delete(file),
            "rename" => () => File.Move(file, file + ".orig"),
            "mode" => () => File.SetUnixFileMode(file, (UnixFileMode)0x1ed),
            "link" => () =>
            {
                File.Delete(_folder["tree/link"]);
                File.CreateSymbolicLink(_folder["tree/link"], "driverz");
            },
            "index" => () => File.WriteAllText(_folder["tree/.git/index"], "other"),
            _ => () => Directory.Delete(tree, recursive: true),
        };
        act();
        Changed.ShouldBe(tree);
    }

    [Fact]
    public void A_source_that_was_edited_while_it_was_built_leaves_no_record()
    {
        var tree = _folder.Folder("tree");
        _folder.Write("tree/of.c", "one");
        Thread.Sleep(50);
        var began = DateTime.UtcNow;
        new UpToDate(began).AddTree(tree).ChangedMeanwhile.ShouldBeFalse();
        _folder.Write("tree/of.c", "two");
        new UpToDate(began).AddTree(tree).ChangedMeanwhile.ShouldBeTrue();
        new UpToDate(began).AddTree(_folder["no-such-tree"]).ChangedMeanwhile.ShouldBeTrue();
    }

    [Fact]
    public void An_edit_is_a_change_and_its_undoing_is_none()
    {
        File.WriteAllText(_file, "two");
        Changed.ShouldBe(_file);
        File.WriteAllText(_file, "one");
        Changed.ShouldBeNull();
    }

    [Fact]
    public void An_edit_that_keeps_time_and_size_is_a_change()
    {
        var time = File.GetLastWriteTimeUtc(_file);
        File.WriteAllText(_file, "two");
        File.SetLastWriteTimeUtc(_file, time);
        Changed.ShouldBe(_file);
    }

    [Fact]
    public void A_large_file_that_was_edited_with_its_time_kept_is_a_change()
    {
        var time = File.GetLastWriteTimeUtc(_large);
        using (var stream = File.OpenWrite(_large))
        {
            stream.WriteByte((byte)'y');
        }

        File.SetLastWriteTimeUtc(_large, time);
        Changed.ShouldBe(_large);
    }

    [Fact]
    public void A_file_that_is_replaced_by_a_folder_or_nothing_is_a_change()
    {
        File.Delete(_file);
        Changed.ShouldBe(_file);
        Directory.CreateDirectory(_file);
        Changed.ShouldBe(_file);
    }

    [Fact]
    public void A_file_that_was_not_there_and_is_now_is_a_change()
    {
        _folder.Write("absent", "");
        Changed.ShouldBe(_folder["absent"]);
    }

    [Theory]
    [InlineData("inputs/new")]
    [InlineData("inputs/sub/deep/new")]
    [InlineData("inputs/.hidden")]
    public void A_new_file_in_a_folder_is_a_change(string name)
    {
        _folder.Write(name, "");
        Changed.ShouldBe(_folder["inputs"]);
    }

    [Fact]
    public void A_lock_file_of_ours_is_no_change_of_its_folder()
    {
        _folder.Write("inputs/demo.lock.json", "");
        Changed.ShouldBeNull();
    }

    [Fact]
    public void A_file_made_executable_is_a_change()
    {
        File.SetUnixFileMode(_file, (UnixFileMode)0b111_101_101);
        Changed.ShouldNotBeNull();
    }

    [Fact]
    public void A_program_earlier_on_the_path_is_a_change()
    {
        _folder.Script("first/cc", "true");
        Changed.ShouldBe("where cc is found");
    }

    [Fact]
    public void A_program_that_was_edited_or_removed_is_a_change()
    {
        _folder.Script("second/cc", "false");
        Changed.ShouldBe(_folder["second/cc"]);
        File.Delete(_folder["second/cc"]);
        Changed.ShouldNotBeNull();
    }

    [Fact]
    public void A_variable_of_the_environment_is_a_change()
    {
        Environment.SetEnvironmentVariable(Variable, "1");
        try
        {
            Changed.ShouldBe("the environment");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }

        Changed.ShouldBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_record_that_was_cut_short_is_a_change(int lines)
    {
        var record = _folder["up-to-date"];
        File.WriteAllLines(record, File.ReadAllLines(record).Take(lines));
        Changed.ShouldNotBeNull();
    }

    [Fact]
    public void A_record_that_was_damaged_or_is_not_there_is_a_change()
    {
        File.AppendAllText(_folder["up-to-date"], "F\n");
        Changed.ShouldNotBeNull();
        File.Delete(_folder["up-to-date"]);
        Changed.ShouldNotBeNull();
    }

    [Fact]
    public void An_input_that_changed_while_the_build_ran_is_told()
    {
        Thread.Sleep(50);
        var began = DateTime.UtcNow;
        Record(began).ChangedMeanwhile.ShouldBeFalse();
        File.WriteAllText(_file, "two");
        Record(began).ChangedMeanwhile.ShouldBeTrue();
    }

    [Fact]
    public void An_output_made_while_the_build_ran_is_no_such_input()
    {
        Thread.Sleep(50);
        var began = DateTime.UtcNow;
        new UpToDate(began).AddOutput(_folder.Write("boot.img", "x")).ChangedMeanwhile.ShouldBeFalse();
    }

    public void Dispose() => _folder.Dispose();
}

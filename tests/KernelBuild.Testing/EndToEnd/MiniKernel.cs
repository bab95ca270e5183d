using System.Text;

namespace KernelBuild.Testing.EndToEnd;

/// <summary>
/// A repository with one device, 'mini', whose "kernel" is a makefile with kbuild's interface and a few sources: it builds in a
/// tenth of a second, and what its Image must be is known from the inputs alone. For what needs hundreds of builds; everything
/// else is tested on the real kernel.
/// </summary>
public sealed class MiniKernel : IDisposable
{
    private const string Makefile = """
        # kbuild's interface, as far as a pipeline sees it
        B := $(O)/arch/arm64/boot
        SOURCES := $(sort $(wildcard drivers/*.c))
        OBJECTS := $(SOURCES:%.c=$(O)/%.o)

        tinyconfig:
        	@mkdir -p $(O)
        	@printf 'CONFIG_BASE=y\n' > $(O)/.config

        olddefconfig:
        	@awk -F'[ =]' 'FNR==NR { if ($$1=="config") known["CONFIG_" $$2]=1; next } { s=$$1=="#"?$$2:$$1; if (known[s]) print }' \
        	    Kconfig $(O)/.config > $(O)/.config.new && mv $(O)/.config.new $(O)/.config

        Image.gz: $(B)/Image
        	@gzip -n -9 -c $(B)/Image > $(B)/Image.gz

        $(O)/%.o: %.c
        	@mkdir -p $(dir $@)
        	@echo "  CC      $*.o"
        	@$(CC) --target=aarch64-linux-gnu -c -o $@ $<

        $(B)/Image: $(OBJECTS) FORCE
        	@mkdir -p $(B)
        	@{ head -c 56 /dev/zero; printf 'ARMd'; head -c 4 /dev/zero; echo "user=$(KBUILD_BUILD_USER)"; \
        	    $(CC) --version | head -1; cat $(SOURCES) $(O)/.config; } > $@
        	@cp $@ $(O)/vmlinux
        	@echo "0000000000000000 T _text" > $(O)/System.map

        %.dtb: FORCE
        	@mkdir -p $(O)/arch/arm64/boot/dts/$(dir $@)
        	@dtc -q $(DTC_FLAGS) -I dts -O dtb -o $(O)/arch/arm64/boot/dts/$@ arch/arm64/boot/dts/$*.dts

        FORCE:

        """;

    public MiniKernel()
    {
        Root = Directory.CreateTempSubdirectory("kernelbuild-mini-").FullName;
        Write("source/Makefile", "VERSION = 6\nPATCHLEVEL = 1\n" + Makefile);
        Write("source/Kconfig", "config BASE\n\tbool \"base\"\nconfig FAST\n\tbool \"fast\"\nconfig LEVEL\n\tint \"level\"\n");
        Write("source/drivers/one.c", Source("one", 10));
        Write("source/drivers/two.c", Source("two", 20));
        Write("patches/tune/series", "0001-tune.patch\n");
        Write("patches/tune/0001-tune.patch", Patch(10, 11));
        Write("kernels/mini/mini.config", "CONFIG_FAST=y\nCONFIG_LEVEL=1\n");
        Write("kernels/mini/ramdisk/init", "#!/bin/sh\n");
        Write("kernels/mini/mini.kernelproj", Project("console=ttyAMA0", ""));
        Write(".nuke/parameters.json", "{}\n");
    }

    public string Root { get; }

    public string Cache => Path.Combine(Root, "cache");

    public string Artifacts => Path.Combine(Root, "artifacts", "mini");

    /// <summary>A source file whose last line the series changes.</summary>
    public static string Source(string name, int value)
    {
        var text = new StringBuilder();
        for (var line = 1; line <= 20; line++)
        {
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"int {name}_{line}(void) {{ return {(line == 10 ? value : line)}; }}\n");
        }

        return text.ToString();
    }

    /// <summary>The patch of drivers/one.c from one value to another.</summary>
    public static string Patch(int from, int to) => $$"""
        From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
        From: A Developer <developer@example.org>
        Date: Mon, 1 Jun 2026 12:00:00 +0000
        Subject: [PATCH] one: tune

        ---
        diff --git a/drivers/one.c b/drivers/one.c
        --- a/drivers/one.c
        +++ b/drivers/one.c
        @@ -8,5 +8,5 @@
         int one_8(void) { return 8; }
         int one_9(void) { return 9; }
        -int one_10(void) { return {{from}}; }
        +int one_10(void) { return {{to}}; }
         int one_11(void) { return 11; }
         int one_12(void) { return 12; }

        """;

    /// <param name="extra">XML inside the project.</param>
    /// <param name="sdk">The folder with Sdk.props and Sdk.targets.</param>
    public static string Project(string commandLine, string extra, string? sdk = null)
    {
        sdk ??= Path.Combine(Repository.Root, "src", "KernelBuild.Sdk", "Sdk");
        return $"""
            <Project>
              <Import Project="{sdk}/Sdk.props" />
              <PropertyGroup>
                <KernelCommandLine>{commandLine}</KernelCommandLine>
                <CompilerCache>false</CompilerCache>
              </PropertyGroup>
              <ItemGroup>
                <KernelSource Include="git:../../source.git#main" />
                <PatchSeries Include="../../patches/tune" />
                <Defconfig Include="tinyconfig" />
                <ConfigFragment Include="mini.config" />
                <Ramdisk Include="ramdisk/**" />
              </ItemGroup>
              {extra}
              <Import Project="{sdk}/Sdk.targets" />
            </Project>
            """;
    }

    public string PathOf(string relative) => Path.Combine(Root, relative);

    public void Write(string relative, string content)
    {
        var path = PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    /// <summary>Commits source/ to the real repository that the device fetches from.</summary>
    public async Task PublishAsync()
    {
        var script = """
            set -e
            export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
            if [ ! -d source.git ]; then git init -q --bare -b main source.git; git -C source.git config uploadpack.allowAnySHA1InWant true; fi
            cd source
            [ -d .git ] || git init -q -b main
            git add -A
            git commit -qm source
            git push -q -f ../source.git main
            """;
        var result = await Repository.RunAsync(
            KernelBuild.Host.Processes.Command.WithFullEnvironment("sh").WithArguments("-c", script).In(Root));
        result.ExitCode.ShouldBe(0, result.Output);
    }

    public KernelBuild.Host.Processes.Command NukeCommand(params string[] arguments) =>
        KernelBuild.Host.Processes.Command.WithFullEnvironment(Repository.NukeScript)
        .WithArguments(arguments)
        .WithArguments("--root", Root, "--no-install")
        .WithEnvironment("KERNELBUILD_CACHE", Cache)
        // whatever runs the tests
        .WithEnvironment("NUKE_HOST", "Terminal")
        .In(Root);

    public Task<RunResult> BuildAsync(params string[] more) =>
        Repository.RunAsync(NukeCommand("BuildKernel", "--device", "mini").WithArguments(more));

    /// <summary>What the Image of these inputs must be.</summary>
    public static byte[] ExpectedImage(string user, string clangVersion, string one, string two, string config)
    {
        using var image = new MemoryStream();
        image.Write(new byte[56]);
        image.Write("ARMd\0\0\0\0"u8);
        image.Write(Encoding.UTF8.GetBytes($"user={user}\n{clangVersion}\n{one}{two}{config}"));
        return image.ToArray();
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

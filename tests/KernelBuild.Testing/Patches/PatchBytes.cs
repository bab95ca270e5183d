namespace KernelBuild.Testing.Patches;

/// <summary>Damage to the bytes of a patch.</summary>
public static class PatchBytes
{
    private static readonly string[] Pieces =
        [
            "@@ -1,3 +1,3 @@\n", "diff --git a/x b/x\n", "--- a/x\n+++ b/x\n", "GIT binary patch\nliteral 5\n", "rename from x\n",
            "\\ No newline at end of file\n", "=?utf-8?q?x", "From x 00:00:00 2001\n", "\0", "\r\n", "99999999999",
        ];

    /// <summary>Whole patches of every kind to damage.</summary>
    public static IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. ((string[])
        [
            "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: =?UTF-8?q?J=C3=B6rg?= <j@example.org>\nDate: "
            + "Mon, 1 Jun 2026 12:00:00 +0200\nSubject: [PATCH 1/2] x\n\nFrom: R <r@e.org>\n\nBody.\n---\n a.c | 2 +-\n\ndiff --git a/a.c "
            + "b/a.c\nindex 0123456..789abcd 100644\n--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@ main\n one\n-two\n+zwei\n three\n@@ -10,2 +10,3 "
            + "@@\n ten\n+more\n eleven\ndiff --git a/old b/new\nsimilarity index 90%\nrename from old\nrename to new\n-- \n2.39.5\n",
            "diff --git a/f.bin b/f.bin\nindex 0123456789012345678901234567890123456789..9876543210987654321098765432109876543210 "
            + "100644\nGIT binary patch\nliteral 6\nNcmZQzWMT#Y01f~L\n\nliteral 4\nLcmZQzWMT%u0RRC+0RR91\n\n",
            "--- a/x\t2026-01-01 00:00:00.000000000 +0000\n+++ b/x\t2026-01-02 00:00:00.000000000 +0000\n@@ -1 +1 @@\n-a\n\\ No newline at "
            + "end of file\n+b\n\\ No newline at end of file\n",
            "From: a@b.c\nSubject: multi\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"xx\"\n\n--xx\nContent-Type: "
            + "text/plain; charset=utf-8\n\nBody\n--xx\nContent-Transfer-Encoding: "
            + "base64\n\nLS0tCmRpZmYgLS1naXQgYS94IGIveAotLS0gYS94CisrKyBiL3gKQEAgLTEgKzEgQEAKLWEKK2IK\n--xx--\n",
            "diff --git \"a/\\303\\244\" \"b/\\303\\244\"\nold mode 100644\nnew mode 100755\ndiff --git a/l b/l\nnew file mode 120000\n--- "
            + "/dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n",
        ]).Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    public static byte[] Mutate(byte[] seed, Random random) =>
        Mutate(
            seed,
            [.. Enumerable
                .Range(0, random.Next(1, 5))
                .Select(_ => new PatchEdit(random.Next(6), random.Next(4096), random.Next(60), (byte)random.Next(256)))]);

    public static byte[] Mutate(byte[] seed, IEnumerable<PatchEdit> edits)
    {
        var text = seed.ToList();
        foreach (var edit in edits.TakeWhile(_ => text.Count > 4))
        {
            var at = edit.At % text.Count;
            switch (edit.Kind)
            {
                case 0:
                    text[at] = edit.Value;
                    break;
                case 1:
                    text.RemoveRange(at, Math.Min(edit.Length + 1, text.Count - at));
                    break;
                case 2:
                    text.InsertRange(at, text.GetRange(at, Math.Min(edit.Length + 1, text.Count - at)));
                    break;
                case 3:
                    text.RemoveRange(at, text.Count - at);
                    break;
                case 4:
                    text.InsertRange(at, System.Text.Encoding.ASCII.GetBytes(Pieces[edit.Length % Pieces.Length]));
                    break;
                default:
                    text[at] ^= (byte)(1 << (edit.Value % 8));
                    break;
            }
        }

        return [.. text];
    }
}

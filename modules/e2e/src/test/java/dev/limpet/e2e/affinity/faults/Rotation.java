package dev.limpet.e2e.affinity.faults;

import dev.limpet.e2e.affinity.site.Site;
import dev.limpet.e2e.fixture.NodeCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;

/**
 * Gives the nodes another authority and other certificates again and again, in the order that
 * operators are told to keep: first all trust both authorities, then the certificates change, then
 * the old authority goes.
 */
final class Rotation {

  private static final String NAME = "rotation";

  private final Nemesis nemesis;
  private final Site site;
  private final SplittableRandom random;

  Rotation(Nemesis nemesis, Site site, SplittableRandom random) {
    this.nemesis = nemesis;
    this.site = site;
    this.random = random;
  }

  void run() {
    NodeCertificates used = site.certificates().orElseThrow();
    for (int i = 2; nemesis.pause(random.nextInt(5_000, 20_000)); i++) {
      NodeCertificates next = site.newCertificates("certs-" + i);
      nemesis.say("certificates of authority " + i);
      String authority = read(next.authority());
      replace(used.authority(), read(used.authority()) + authority);
      nemesis.pause(random.nextInt(2_000, 10_000));
      replace(used.key(), read(next.key()));
      replace(used.certificate(), read(next.certificate()));
      nemesis.pause(random.nextInt(2_000, 10_000));
      replace(used.authority(), authority);
      nemesis.count(NAME);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** At once: a node that starts in the middle would find half a file. */
  private static void replace(Path file, String text) {
    try {
      Path next = Files.writeString(file.resolveSibling(file.getFileName() + ".next"), text);
      Files.setPosixFilePermissions(next, Files.getPosixFilePermissions(file));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

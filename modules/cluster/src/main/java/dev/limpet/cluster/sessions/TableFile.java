package dev.limpet.cluster.sessions;

import dev.limpet.cluster.disk.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session table as a file, for the time after a stop of all nodes. One thread at a time.
 *
 * <p>Longs, big-endian, in blocks of one size, each with a checksum (CRC-32C) of its number and
 * itself behind it: a head, then the entries as they are in a {@link Bucket}, as many as a block
 * holds, the last block shorter. So what is damaged, or missing at the end, costs the block that it
 * is in. The table goes on changing while it is written; each entry is one that held.
 */
public final class TableFile {

  private static final Logger LOG = LoggerFactory.getLogger(TableFile.class);

  private static final String NAME = "sessions";

  /** "limpet" and the version of this format. */
  private static final long FORMAT = 0x6c696d7065740001L;

  private static final int HEAD_LONGS = 4;

  /** About 320 KB. */
  private static final int ENTRIES_PER_BLOCK = 8_192;

  private static final int CHECKSUM_BYTES = Long.BYTES;

  /** Disks have other work, too. */
  private static final long BYTES_PER_SECOND = 50_000_000;

  private final StoredFile file;
  private final Sessions sessions;
  private final ByteBuffer block =
      ByteBuffer.allocate(ENTRIES_PER_BLOCK * Bucket.LONGS * Long.BYTES + CHECKSUM_BYTES);
  private long[] written = {};
  private volatile boolean hurried;

  public TableFile(Path folder, Sessions sessions) {
    this.file = new StoredFile(folder.resolve(NAME));
    this.sessions = sessions;
  }

  /** Has the table written as fast as the disk can, from now on. Any thread. */
  public void hurry() {
    hurried = true;
  }

  /**
   * Takes in what the file has and what has not ended meanwhile, and the cluster's time with it. To
   * be called before the node joins. What cannot be read is put aside and logged.
   */
  public void read() {
    long begun = System.nanoTime();
    try (FileChannel channel = file.open()) {
      readHead(channel);
      int damaged = readEntries(channel);
      LOG.info(
          "{} sessions are known from before, read in {} ms",
          sessions.size(),
          Duration.ofNanos(System.nanoTime() - begun).toMillis());
      if (damaged == 0) {
        written = sessions.store().groupDigests();
      } else {
        LOG.error(
            "{} is damaged in {} of its blocks of {} sessions each: these are lost unless another node"
                + " has them; {}",
            file,
            damaged,
            ENTRIES_PER_BLOCK,
            file.putAside());
      }
    } catch (NoSuchFileException first) {
      LOG.debug("{} is not there yet", file);
    } catch (DamagedFile e) {
      LOG.error(
          "{} is {}: the sessions in it are lost unless another node has them; {}",
          file,
          e.getMessage(),
          file.putAside());
    } catch (IOException e) {
      LOG.error(
          "cannot read {}: {}; the sessions in it are lost unless another node has them",
          file,
          StoredFile.reason(e));
    }
  }

  /** Writes the table if there is something new in it. */
  public void write() throws IOException {
    long[] digests = sessions.store().groupDigests();
    if (!Arrays.equals(digests, written)) {
      file.replace(this::writeTo);
      written = digests;
    }
  }

  private void readHead(FileChannel channel) throws IOException {
    int head = HEAD_LONGS * Long.BYTES + CHECKSUM_BYTES;
    if (channel.size() < head || !readBlock(channel, 0, HEAD_LONGS * Long.BYTES, 0)) {
      throw new DamagedFile("damaged at its beginning");
    }
    if (block.getLong() != FORMAT) {
      throw new DamagedFile("of another version of Limpet");
    }
    sessions.clock().resume(block.getLong(), block.getLong());
  }

  /**
   * @return how many blocks are damaged or not there
   */
  private int readEntries(FileChannel channel) throws IOException {
    long expected = block.getLong();
    long now = sessions.clock().millis();
    long at = HEAD_LONGS * Long.BYTES + CHECKSUM_BYTES;
    int damaged = 0;
    long read = 0;
    for (int number = 1; at < channel.size(); number++) {
      int length = (int) Math.min(block.capacity(), channel.size() - at) - CHECKSUM_BYTES;
      boolean whole = length >= 0 && length % (Bucket.LONGS * Long.BYTES) == 0;
      if (whole && readBlock(channel, at, length, number)) {
        long[] entries = new long[length / Long.BYTES];
        block.asLongBuffer().get(entries);
        sessions.restore(Bucket.unexpired(entries, now));
      } else {
        damaged++;
      }
      read++;
      at += length + CHECKSUM_BYTES;
    }
    return damaged + (int) Math.max(0, blocks(expected) - read);
  }

  /** How many blocks so many entries take. */
  private static long blocks(long entries) {
    return (entries + ENTRIES_PER_BLOCK - 1) / ENTRIES_PER_BLOCK;
  }

  /**
   * Reads bytes into {@link #block}.
   *
   * @return whether they are as they were written
   */
  private boolean readBlock(FileChannel channel, long at, int length, int number)
      throws IOException {
    block.clear().limit(length + CHECKSUM_BYTES);
    while (block.hasRemaining()) {
      if (channel.read(block, at + block.position()) < 0) {
        return false;
      }
    }
    block.flip();
    long checksum = block.getLong(length);
    block.limit(length);
    return checksum == checksum(number);
  }

  private void writeTo(FileChannel channel) throws IOException {
    long begun = System.nanoTime();
    long entries = 0;
    int number = 1;
    channel.position(HEAD_LONGS * Long.BYTES + CHECKSUM_BYTES);
    block.clear().limit(block.capacity() - CHECKSUM_BYTES);
    long now = sessions.clock().millis();
    for (int i = 0; i < SessionStore.BUCKETS; i++) {
      long[] bucket = Bucket.unexpired(sessions.store().bucket(i), now);
      entries += bucket.length / Bucket.LONGS;
      for (long one : bucket) {
        if (!block.hasRemaining()) {
          writeBlock(channel, number++);
          pause(channel.position(), begun);
        }
        block.putLong(one);
      }
    }
    if (block.position() > 0) {
      writeBlock(channel, number);
    }
    channel.position(0);
    block
        .putLong(FORMAT)
        .putLong(sessions.clock().millis())
        .putLong(sessions.clock().wallMillis())
        .putLong(entries);
    writeBlock(channel, 0);
  }

  /** Writes what is in {@link #block}, and empties it. */
  private void writeBlock(FileChannel channel, int number) throws IOException {
    block.flip();
    long checksum = checksum(number);
    block.position(block.limit()).limit(block.limit() + CHECKSUM_BYTES);
    block.putLong(checksum).flip();
    while (block.hasRemaining()) {
      channel.write(block);
    }
    block.clear().limit(block.capacity() - CHECKSUM_BYTES);
  }

  /** That of the bytes in {@link #block}, which are left as they are. */
  private long checksum(int number) {
    CRC32C sum = new CRC32C();
    sum.update(number);
    sum.update(number >>> Byte.SIZE);
    sum.update(block.duplicate());
    return sum.getValue();
  }

  private void pause(long bytes, long begun) {
    long due = begun + TimeUnit.SECONDS.toNanos(1) * bytes / BYTES_PER_SECOND;
    while (!hurried && due - System.nanoTime() > 0) {
      LockSupport.parkNanos(this, due - System.nanoTime());
    }
  }

  private static final class DamagedFile extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedFile(String what) {
      super(what);
    }
  }
}

package dev.limpet.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.transport.loop.NativeIo;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** With auto-read off, the loop is one that has not come to look at its channel yet. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class UnreadTest {

  @Test
  void findsWhatTheLoopHasNotRead() throws Exception {
    try (MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, NativeIo.BEST.handlers());
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Channel channel =
          new Bootstrap()
              .group(loops)
              .channel(NativeIo.BEST.channel)
              .option(ChannelOption.AUTO_READ, false)
              .handler(new ChannelInboundHandlerAdapter())
              .connect(server.getLocalSocketAddress())
              .sync()
              .channel();
      try (Socket peer = server.accept()) {
        assertThat(isAny(channel)).isFalse();
        peer.getOutputStream().write('x');
        await().until(() -> isAny(channel));
        assertThat(isAny(channel)).as("that byte was lost").isFalse();
      }
      await("the peer has closed its side").until(() -> isAny(channel));
      channel.close().sync();
    }
  }

  private static boolean isAny(Channel channel) throws Exception {
    return channel.eventLoop().submit(() -> Unread.isAny(channel)).get();
  }
}
